import type { ReferenceAnswer, ReferenceField, ReferenceGroup, ReferenceOperation } from "./reference-types.ts";

type Parameter = { name: string; in: string; required?: boolean; description?: string; schema: Schema };
type Content = Record<string, { schema: Schema }>;
type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { description?: string; content: Content };
  responses: Record<string, { description: string; content?: Content; "x-lastgood-codes"?: string[] }>;
  "x-lastgood-actions"?: string[];
  security?: unknown[];
};
type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
};
type Document = {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** The calls of an OpenAPI document by what they are about, without what each takes and answers. */
export function listReference(document: object): ReferenceGroup[] {
  const { tags } = document as Document;
  const all = callsOf(document);
  return tags
    .map(({ name, description }) => ({
      name,
      about: description,
      operations: all
        .filter(({ operation }) => operation.tags[0] === name)
        .map(({ method, path, operation: { operationId, summary } }) => ({ id: operationId, method, path, summary })),
    }))
    .filter(({ operations }) => operations.length > 0);
}

/** What one call takes and answers; the example calls `baseUrl` about `namespace`. Null: the document has no such call. */
export function findReference(
  document: object,
  id: string,
  caller: { baseUrl: string; namespace: string },
): ReferenceOperation | null {
  const found = callsOf(document).find(({ operation }) => operation.operationId === id);
  return found ? readOperation(found, (document as Document).components.schemas, caller) : null;
}

function callsOf(document: object): { path: string; method: string; operation: Operation }[] {
  return Object.entries((document as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

function readOperation(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  shelf: Record<string, Schema>,
  caller: { baseUrl: string; namespace: string },
): ReferenceOperation {
  const [body] = Object.values(operation.requestBody?.content ?? {});
  return {
    about: operation.description ?? "",
    actions: operation["x-lastgood-actions"] ?? [],
    parameters: (operation.parameters ?? []).map(({ name, in: place, required, description = "", schema }) => ({
      name,
      place,
      type: typeOf(schema),
      isRequired: required === true,
      about: description,
    })),
    body: body ? fieldsOf(body.schema, shelf) : [],
    answers: Object.entries(operation.responses).map(([status, answer]) => readAnswer(status, answer, shelf)),
    curl: curlOf(path, method, operation, caller),
  };
}

function readAnswer(
  status: string,
  { description, content, "x-lastgood-codes": codes = [] }: Operation["responses"][string],
  shelf: Record<string, Schema>,
): ReferenceAnswer {
  const [body] = Object.values(content ?? {});
  const about = codes.length > 0 ? (description.split(":")[0] ?? description) : description;
  return { status, about, codes, fields: body && codes.length === 0 ? fieldsOf(body.schema, shelf) : [] };
}

/** The fields of an object, or of each of the objects that it can be. */
function fieldsOf(schema: Schema, shelf: Record<string, Schema>): ReferenceField[] {
  const meant = schema.$ref ? (shelf[schema.$ref.split("/").at(-1) ?? ""] ?? schema) : schema;
  const choices = meant.oneOf ?? meant.anyOf;
  if (choices) {
    const fields = choices.flatMap((one) => fieldsOf(one, shelf));
    return fields.filter((field, index) => fields.findIndex(({ name }) => name === field.name) === index);
  }
  return Object.entries(meant.properties ?? {}).map(([name, field]) => ({
    name,
    type: typeOf(field),
    isRequired: meant.required?.includes(name) ?? false,
    about: field.description ?? "",
  }));
}

/** A type in a few words. */
function typeOf({ $ref, type, items, anyOf, oneOf, enum: values, const: value }: Schema): string {
  if ($ref) return $ref.split("/").at(-1) ?? "";
  if (value !== undefined) return JSON.stringify(value);
  if (values) return values.length > 8 ? "one of many words" : values.map((one) => JSON.stringify(one)).join(" | ");
  const choices = anyOf ?? oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(" | ");
  if (type === "array") return `${typeOf(items ?? {})}[]`;
  return [type ?? "any"].flat().join(" | ");
}

function curlOf(
  path: string,
  method: string,
  { security, requestBody, parameters = [] }: Operation,
  { baseUrl, namespace }: { baseUrl: string; namespace: string },
): string {
  const address = path.replace("{ns}", namespace).replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => `<${name}>`);
  const needed = parameters.filter((one) => one.in === "query" && one.required).map(({ name }) => `${name}=…`);
  const [type] = Object.keys(requestBody?.content ?? {});
  const lines = [
    `curl ${method === "GET" ? "" : `-X ${method} `}'${baseUrl}${address}${needed.length > 0 ? `?${needed.join("&")}` : ""}'`,
    ...(security?.length === 0 ? [] : [`-H "Authorization: Bearer $LASTGOOD_TOKEN"`]),
    ...(parameters.some(({ name }) => name === "Idempotency-Key") ? [`-H "Idempotency-Key: $(uuidgen)"`] : []),
    ...(type === undefined ? [] : [`-H 'Content-Type: ${type}'`]),
    ...(type === "application/json" ? [`-d '{…}'`] : type === undefined ? [] : ["--data-binary @file"]),
  ];
  return lines.join(" \\\n  ");
}
