import fc from "fast-check";
import { readDocument } from "../../app/api/openapi.json/read-document.ts";

/*
 * Calls that are made out of the OpenAPI document: most parts as it says, and some spoilt: other types, too long, too deep, no
 * JSON at all, foreign ids, other people's tokens, odd headers.
 */
type Schema = { [name: string]: unknown };
type Parameter = { name: string; in: string; required?: boolean; schema: Schema };
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
export type FuzzedCall = {
  id: string;
  method: string;
  /** The address as the document has it, and what stands in the place of its parameters. */
  path: string;
  params: Record<string, string>;
  query: string;
  headers: Record<string, string>;
  body: string | null;
};
/** What calls are made with: ids by the name of their parameter, headers that say who calls, texts that mean something there. */
export type FuzzPool = {
  params: Record<string, readonly string[]>;
  callers: readonly Record<string, string>[];
  words?: readonly string[];
};
/** What texts are chosen from, and the schemas that have names. */
type Shelf = { words: readonly string[]; schemas: Record<string, Schema> };
const WORDS = ["a", "shop", "0 3 * * *", "Europe/Berlin", "select 1"];

const ODD = [
  "",
  " ",
  "null",
  "0",
  "-1",
  "1e309",
  "9".repeat(40),
  "true",
  "%00",
  "a%00b",
  "%252e%252e%252f",
  "..",
  "../../etc/passwd",
  "' OR 1=1 --",
  "$" + "{7*7}",
  "\u202Eabc",
  "\uFEFF",
  "e\u0301",
  "\u{1F600}".repeat(30),
  "x".repeat(3000),
  "__proto__",
  "constructor",
  "2026-02-30T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "00000000-0000-0000-0000-000000000000",
  "00000001-00000000-00000001-abababababababababababababababab",
];
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const odd = fc.oneof(fc.constantFrom(...ODD), fc.string({ maxLength: 40, unit: "binary" }));
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  odd,
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    1e308,
    -0,
    2 ** 53,
    2 ** 31,
    [],
    {},
    [[]],
    { $ne: 1 },
    ["a"],
    "\u0000",
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Something that a schema describes, more or less. */
function fits(schema: Schema, shelf: Shelf, depth = 0): fc.Arbitrary<unknown> {
  const {
    $ref,
    type,
    properties,
    items,
    required = [],
  } = schema as {
    $ref?: string;
    type?: string | string[];
    properties?: Record<string, Schema>;
    items?: Schema;
    required?: string[];
  };
  if ($ref) return fits(shelf.schemas[$ref.split("/").at(-1) ?? ""] ?? {}, shelf, depth + 1);
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (choices) return fc.oneof(...choices.map((one) => fits(one, shelf, depth + 1)));
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => fits({ ...schema, type: one }, shelf, depth + 1)));
  if (type === "string") return fc.oneof(fc.constantFrom(...shelf.words), odd);
  if (type === "integer" || type === "number") {
    const { minimum = -5, maximum = 1e6 } = schema as { minimum?: number; maximum?: number };
    return fc.oneof(fc.integer({ min: minimum, max: Math.max(minimum, maximum) }), fc.constant(Date.now()));
  }
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  if (type === "array") return fc.array(fits(items ?? {}, shelf, depth + 1), { maxLength: 3 });
  if (type === "object" && properties) {
    const fields = Object.entries(properties).map(([name, one]) => [name, fits(one, shelf, depth + 1)]);
    return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: required });
  }
  return depth > 5 ? fc.constant(null) : oddValue;
}

/** One field of an object becomes something else. */
const spoil = (value: unknown): fc.Arbitrary<unknown> => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return oddValue;
  const names = [...Object.keys(value), "extra", "__proto__"];
  return fc.tuple(fc.constantFrom(...names), oddValue).map(([name, other]) => ({ ...value, [name]: other }));
};

function bodyOf(operation: Operation, shelf: Shelf): fc.Arbitrary<{ text: string | null; type: string }> {
  const [[type, content] = ["application/json", { schema: {} }]] = Object.entries(operation.requestBody?.content ?? {});
  const good = fits(content.schema, shelf);
  const asText = (one: fc.Arbitrary<unknown>) => one.map((value) => ({ text: JSON.stringify(value) ?? "null", type }));
  const fixed = (text: string | null, as = type) => fc.constant({ text, type: as });
  if (!operation.requestBody) return fc.oneof({ weight: 8, arbitrary: fixed(null) }, asText(oddValue));
  return fc.oneof(
    { weight: 6, arbitrary: asText(good) },
    { weight: 5, arbitrary: asText(good.chain(spoil)) },
    { weight: 1, arbitrary: asText(oddValue) },
    fc
      .constantFrom("", "{", "\u0000", "nul", '{"a":1e999}', '{"a":1,"a":2}', nested(20_000))
      .map((text) => ({ text, type })),
    fixed(`{"x":${nested(5_000)}}`),
    fixed(`{"label":"${"x".repeat(1_200_000)}"}`),
    fixed("a=b", "application/x-www-form-urlencoded"),
    fixed("{}", "text/plain"),
  );
}

const header = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  fc.constant({ prefer: "respond-async" }),
  fc.constantFrom("k1", "k2", "k3", "a b", "x".repeat(300)).map((key) => ({ "idempotency-key": key })),
  fc.constantFrom('"x"', "*", "W/").map((tag) => ({ "if-none-match": tag })),
  fc.constantFrom("bytes=0-1", "bytes=9-1", "bytes=-0", "items=1").map((range) => ({ range })),
  fc.constantFrom("gzip", "identity").map((encoding) => ({ "content-encoding": encoding })),
  fc.constant({ "x-http-method-override": "DELETE", "x-middleware-subrequest": "proxy:proxy:proxy" }),
);

/** Calls of the document's operations; those in `except` are left out. */
export async function fuzzedCalls(pool: FuzzPool, except: readonly string[] = []): Promise<fc.Arbitrary<FuzzedCall>> {
  const { document } = await readDocument();
  const { paths, components } = document as unknown as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const shelf: Shelf = { words: [...WORDS, ...(pool.words ?? [])], schemas: components.schemas };
  const chosen = fc.constantFrom(...all.filter(({ operation }) => !except.includes(operation.operationId)));
  return chosen.chain(({ path, method, operation }) => {
    const inPath = (operation.parameters ?? []).filter((one) => one.in === "path");
    const inQuery = (operation.parameters ?? []).filter((one) => one.in === "query");
    const params = inPath.map(({ name }) => {
      const known = pool.params[`${path.split("{")[0]}${name}`] ?? pool.params[name] ?? ["x"];
      return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, odd.map(readable));
    });
    const query = inQuery.map(({ name, schema, required }) => {
      const value = fc.oneof({ weight: 4, arbitrary: fits(schema, shelf).map(String) }, { weight: 1, arbitrary: odd });
      const given = value.map((text) => `${name}=${encodeParameter(text)}`);
      return required ? fc.oneof({ weight: 9, arbitrary: given }, fc.constant("")) : fc.option(given, { nil: "" });
    });
    const twice = fc.constantFrom("", "", "", "", "", "", "limit=1&limit=2", "constructor=1", "%zz=1");
    return fc
      .tuple(
        fc.tuple(...params),
        fc.tuple(...query, twice),
        bodyOf(operation, shelf),
        header,
        fc.constantFrom(...pool.callers),
      )
      .map(([values, asked, body, more, caller]): FuzzedCall => {
        const query = asked.filter((one) => one !== "").join("&");
        const sent = method === "GET" ? null : body.text;
        return {
          id: operation.operationId,
          method,
          path,
          params: Object.fromEntries(inPath.map(({ name }, index) => [name, values[index] ?? ""])),
          query: query === "" ? "" : `?${query}`,
          headers: { ...(sent !== null && { "content-type": body.type }), ...more, ...caller },
          body: sent,
        };
      });
  });
}

/** As the console's guard lets it through: no address holds a NUL. */
const readable = (text: string) => text.toWellFormed().replaceAll("\0", "") || "x";

/** Percent signs of odd texts stay as they are, so that broken ones come through. */
const encodeParameter = (text: string) =>
  text.includes("%") ? text.replaceAll(/[^\x21-\x7e]|[?#]/g, "_") : encodeURIComponent(text.toWellFormed()) || "%20";
