import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { readDocument } from "../../app/api/openapi.json/read-document.ts";

type Answered = { status: number; headers: Headers; text: string };
type Response = { content?: Record<string, { schema: object }> };
export type DocumentedOperation = { operationId: string; responses: Record<string, Response> };
type Documented = { paths: Record<string, Record<string, DocumentedOperation>>; components: object };

let reading: ReturnType<typeof open> | null = null;

async function open() {
  const document = (await readDocument()).document as unknown as Documented;
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema({ $id: "lastgood", components: document.components });
  const paths = Object.entries(document.paths)
    .map(([path, operations]) => ({
      operations,
      shape: new RegExp(`^${path.replaceAll(/[.]/g, "\\.").replaceAll(/\{[a-z_]+\}/g, "[^/]+")}$`),
      params: path.split("{").length,
    }))
    .sort((a, b) => a.params - b.params);
  return { ajv, paths, compiled: new Map<object, ValidateFunction>() };
}

/**
 * What is wrong with an answer by the OpenAPI document, in words; null: nothing, or the document does not speak of the address
 * (then `isKnown` is false). `path` is the address without its query.
 */
export async function findUndocumented(
  method: string,
  path: string,
  { status, headers, text }: Answered,
): Promise<{ isKnown: boolean; says: string | null }> {
  reading ??= open();
  const { ajv, paths, compiled } = await reading;
  const operation = paths.find(({ shape }) => shape.test(path))?.operations[method.toLowerCase()];
  if (!operation) return { isKnown: false, says: null };
  const says = (words: string) => ({ isKnown: true, says: `${operation.operationId} ${status}: ${words}` });
  const response = operation.responses[status] ?? operation.responses.default;
  if (!response) return says(`the document has no such answer: ${text.slice(0, 300)}`);
  const type = headers.get("content-type");
  if (!response.content) return text === "" ? { isKnown: true, says: null } : says("has a body");
  const content = type === null ? undefined : response.content[type];
  if (!content) return says(`has the type ${type}`);
  // A file, or a part of one, has no form that the document tells.
  if (!/json$/.test(type ?? "") || Object.keys(content.schema).length === 0) return { isKnown: true, says: null };
  const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"lastgood#/')) as object;
  const validate = compiled.get(content.schema) ?? ajv.compile(schema);
  compiled.set(content.schema, validate);
  if (validate(JSON.parse(text))) return { isKnown: true, says: null };
  return says(`${ajv.errorsText(validate.errors)}: ${text.slice(0, 500)}`);
}

/** The same for tests: throws. What the document does not know is left alone. */
export async function expectDocumented(method: string, path: string, answer: Answered): Promise<void> {
  const { says } = await findUndocumented(method, path, answer);
  if (says !== null) throw new Error(`not as the document says: ${says}`);
}
