/**
 * The YAML parser, in a module that is imported only when there is a file to parse. Most users have no file, and the parser
 * takes as long to load as the rest of a command.
 *
 * The named re-export is what the bundler needs: it can't find a name in a dynamic import of a CommonJS package.
 */
export { parseDocument } from "yaml"
