/**
 * The reader of YAML, in a module of its own: it takes as long to load as the rest
 * of a command, and most people have no file. Only so does the bundler find by
 * name what CommonJS exports.
 */
export { parseDocument } from "yaml"
