import { z } from "zod";

export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };
export type JsonSchema = { [name: string]: JsonValue };

/** What the document holds once and refers to: schemas with an `id` in their `meta`. */
export class SchemaShelf {
  readonly schemas: Record<string, JsonSchema> = {};

  /**
   * A schema as JSON Schema 2020-12, as what callers send (`input`) or are answered (`output`); named parts of it go onto the
   * shelf. Throws where two different schemas have one name.
   */
  describe(schema: z.ZodType, io: "input" | "output"): JsonSchema {
    const { $schema, $defs, ...described } = z.toJSONSchema(schema, {
      io,
      unrepresentable: "any",
      override: ({ jsonSchema }) => {
        // The bounds of a JavaScript integer say nothing to a caller.
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
    }) as JsonSchema;
    for (const [name, part] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) this.#shelve(name, part);
    return toComponents(described) as JsonSchema;
  }

  #shelve(name: string, part: JsonSchema): void {
    const { id, ...schema } = toComponents(part) as JsonSchema;
    const known = this.schemas[name];
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}`);
    this.schemas[name] = schema;
  }
}

/** References into the schema itself become references into the document. */
function toComponents(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(toComponents);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === "$ref" && typeof part === "string"
        ? part.replace("#/$defs/", "#/components/schemas/")
        : toComponents(part),
    ]),
  );
}
