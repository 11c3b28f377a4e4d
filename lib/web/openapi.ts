import { z } from "zod";
import { ERROR_CODES, type ErrorCode, statusOf } from "../domain/errors.ts";
import { type JsonSchema, type JsonValue, SchemaShelf } from "./openapi-schemas.ts";
import { ANSWER_HEADERS, type Answer, type Operation, type Operations, TAGS } from "./operation.ts";
import { REFUSAL_TITLES } from "./problem-details.ts";

/** A route's address with its parameters in brackets, as Next.js writes them, and what its methods do. */
export type DocumentedRoute = { pattern: string; operations: Operations };

/** How any call can be refused that must be signed in. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  "invalid_input",
  "unauthenticated",
  "forbidden",
  "not_found",
  "rate_limited",
  "internal",
  "metadata_unavailable",
  "agent_unavailable",
];
const PUBLIC_ERRORS: readonly ErrorCode[] = ["invalid_input", "internal"];
const BODY_ERRORS: readonly ErrorCode[] = ["payload_too_large", "unsupported_media_type"];
const IDEMPOTENT_ERRORS: readonly ErrorCode[] = ["conflict", "idempotency_key_reused"];

const PARAMS: Readonly<Record<string, string>> = {
  ns: "The namespace's slug or id.",
  db: "The database's id or name; an id is looked up first.",
};

export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: "urn:lastgood:problem: and the code." }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "The cause, for people." }),
    code: z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]),
    hint: z.string().optional().meta({ description: "The next step, for people." }),
    field: z.string().optional().meta({ description: "The input that was refused, as the caller names it." }),
    requestId: z.string().optional(),
    nearest: z
      .object({ beforeMs: z.int().optional(), afterMs: z.int().optional() })
      .optional()
      .meta({ description: "The nearest restorable moments, Unix milliseconds." }),
    retryAfterSeconds: z.number().optional(),
  })
  .meta({ id: "Problem", description: "A refusal or failure (RFC 9457); members beside these depend on the code." });

/** The OpenAPI 3.1 document of the routes, in the order of their addresses. `version` is Lastgood's own. */
export function openApiDocument(routes: readonly DocumentedRoute[], version: string): JsonSchema {
  const shelf = new SchemaShelf();
  shelf.describe(problemSchema, "output");
  const paths: Record<string, JsonSchema> = {};
  for (const { pattern, operations } of [...routes].sort((a, b) => (a.pattern < b.pattern ? -1 : 1))) {
    const path = pattern.replaceAll(/\[([a-z_]+)\]/g, "{$1}");
    const methods = Object.entries(operations).map(([method, operation]) => [
      method.toLowerCase(),
      describeOperation(pattern, operation, shelf),
    ]);
    if (methods.length > 0) paths[path] = Object.fromEntries(methods) as JsonSchema;
  }
  const tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  return {
    openapi: "3.1.1",
    info: {
      title: "Lastgood",
      version,
      description:
        "Brings databases back to their last good moment. Times are Unix milliseconds where a field ends in `Ms`; a string is RFC 3339 with an offset. Refusals are problem details with a `code`, the cause and the next step.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }, { session: [] }],
    tags,
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token of one namespace." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "lastgood.session",
          description: "A signed-in browser. Calls that change something must come from the console's own pages.",
        },
      },
      schemas: Object.fromEntries(Object.entries(shelf.schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function describeOperation(pattern: string, operation: Operation, shelf: SchemaShelf): JsonSchema {
  const { id, tag, summary, description, action, query, body, bodyType } = operation;
  const actions = action === null ? [] : [action].flat();
  const parameters = [...pathParameters(pattern, operation), ...queryParameters(query, shelf), ...headers(operation)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(actions.length > 0 && { "x-lastgood-actions": actions }),
    ...(operation.isPublic && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: operation.bodyIsOptional !== true,
        content: { "application/json": { schema: shelf.describe(body, "input") } },
      },
    }),
    ...(bodyType && {
      requestBody: {
        required: true,
        description: bodyType.says,
        content: { [bodyType.contentType]: { schema: {} } },
      },
    }),
    responses: { ...answersOf(operation, shelf), ...refusalsOf(operation, shelf) },
  };
}

function pathParameters(pattern: string, { params = {} }: Operation): JsonSchema[] {
  return [...pattern.matchAll(/\[([a-z_]+)\]/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: params[name] ?? PARAMS[name] ?? "Its id.",
    schema: { type: "string" },
  }));
}

/** A query is checked as one object; its fields are the parameters. */
function queryParameters(query: z.ZodType | undefined, shelf: SchemaShelf): JsonSchema[] {
  if (!query) return [];
  const { properties = {}, required = [] } = shelf.describe(query, "input");
  const isRequired = (name: string) => (required as string[]).includes(name);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    ...(isRequired(name) && { required: true }),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function headers({ isIdempotent, waits, answers }: Operation): JsonSchema[] {
  const found: JsonSchema[] = [];
  const add = (name: string, description: string, schema: JsonSchema = { type: "string" }) =>
    found.push({ name, in: "header", description, schema });
  if (isIdempotent) {
    const words = "Repeats of one call carry the same key and get the same answer, for at least a day.";
    add("Idempotency-Key", words, { type: "string", minLength: 1, maxLength: 200, pattern: "^[\\x21-\\x7e]+$" });
  }
  if (waits) add("Prefer", "`respond-async`: answer 202 at once instead of waiting for the end.");
  if (Object.values(answers).some((one) => one.headers?.includes("etag"))) {
    add("If-None-Match", "The ETag of an earlier answer: 304 where nothing changed since.");
  }
  return found;
}

function answersOf({ answers }: Operation, shelf: SchemaShelf): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer, shelf)]));
}

function describeAnswer({ says, schema, contentType, headers: names = [] }: Answer, shelf: SchemaShelf): JsonSchema {
  const headersOf = names.map((name): [string, JsonValue] => [
    name,
    { description: ANSWER_HEADERS[name], schema: { type: "string" } },
  ]);
  const types = [contentType ?? (schema ? "application/json" : [])].flat();
  const body: JsonSchema = schema ? shelf.describe(schema, "output") : {};
  return {
    description: says,
    ...(headersOf.length > 0 && { headers: Object.fromEntries(headersOf) }),
    ...(types.length > 0 && { content: Object.fromEntries(types.map((type) => [type, { schema: body }])) }),
  };
}

/** Every code that the operation may be refused with, by status. */
export function errorsOf(operation: Operation): ErrorCode[] {
  const { errors = [], isPublic, body, bodyType, isIdempotent } = operation;
  return [
    ...new Set([
      ...(isPublic ? PUBLIC_ERRORS : COMMON_ERRORS),
      ...(body || bodyType ? BODY_ERRORS : []),
      ...(isIdempotent ? IDEMPOTENT_ERRORS : []),
      ...errors,
    ]),
  ];
}

function refusalsOf(operation: Operation, shelf: SchemaShelf): Record<string, JsonSchema> {
  const { refusal } = operation;
  if (refusal) {
    const content = { [refusal.contentType]: { schema: shelf.describe(refusal.schema, "output") } };
    return { default: { description: "Every refusal.", content } };
  }
  const content: JsonSchema = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const byStatus = Map.groupBy(errorsOf(operation), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: `${REFUSAL_TITLES[status] ?? "Error"}: ${codes.map((code) => `\`${code}\``).join(", ")}.`,
        "x-lastgood-codes": codes,
        content,
      },
    ]),
  );
}
