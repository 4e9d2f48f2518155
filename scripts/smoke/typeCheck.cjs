/**
 * Type-checks a program with a TypeScript 5, and prints the errors in its own files and in the declarations of
 * `@metal-otp`. The compiler's own check of all declarations takes more than twice the time, and most of that is for
 * packages by others.
 */
const { resolve } = require("node:path")
const process = require("node:process")

const [compiler, config] = process.argv.slice(2)
const ts = require(compiler)

const isOurs = ({ fileName }) => !/\/node_modules\/(?!@metal-otp\/)/.test(fileName)

const { config: json } = ts.readConfigFile(config, ts.sys.readFile)
const { errors, fileNames, options } = ts.parseJsonConfigFileContent(json, ts.sys, resolve("."))
const program = ts.createProgram(fileNames, options)
const files = program.getSourceFiles().filter(isOurs)
const diagnostics = [
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...files.flatMap((file) => program.getSyntacticDiagnostics(file)),
  ...files.flatMap((file) => program.getSemanticDiagnostics(file))
]
const host = { getCanonicalFileName: (file) => file, getCurrentDirectory: () => resolve("."), getNewLine: () => "\n" }
process.stdout.write(ts.formatDiagnostics(diagnostics, host))
process.exitCode = diagnostics.length === 0 ? 0 : 1
