import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

const annotate = (ast: SchemaAST.AST, description: string) =>
  Schema.make<Schema.Top>(ast).annotateKey({ description }).ast

/**
 * Describes a field or a parameter in the OpenAPI document. The document shows the encoded type, which loses the
 * annotations of a type that is encoded as another one. `described` annotates the encoded type instead.
 *
 * @param description a sentence
 */
export const described =
  (description: string) =>
  <S extends Schema.Top>(self: S): S["Rebuild"] =>
    self.rebuild(
      self.ast.encoding === undefined
        ? annotate(self.ast, description)
        : SchemaAST.flip(annotate(SchemaAST.flip(self.ast), description))
    )
