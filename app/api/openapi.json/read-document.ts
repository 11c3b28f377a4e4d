import { D1_OPERATIONS } from "../../../lib/web/d1/d1-operations.ts";
import { etagOf } from "../../../lib/web/etag.ts";
import { openApiDocument } from "../../../lib/web/openapi.ts";
import type { JsonSchema } from "../../../lib/web/openapi-schemas.ts";
import { operationsOf } from "../../../lib/web/operation.ts";
import project from "../../../package.json" with { type: "json" };
import { ALL_ROUTES } from "./all-routes.ts";

export type ReadDocument = { document: JsonSchema; text: string; etag: string };
let reading: Promise<ReadDocument> | null = null;

/** The OpenAPI document of this console: made once from what every route tells about itself. */
export function readDocument(): Promise<ReadDocument> {
  reading ??= makeDocument();
  return reading;
}

async function makeDocument(): Promise<ReadDocument> {
  const routes = Object.entries(ALL_ROUTES).map(async ([pattern, load]) => ({
    pattern,
    operations: operationsOf(await load()),
  }));
  const d1 = Object.entries(D1_OPERATIONS).map(([pattern, operations]) => ({ pattern, operations }));
  const document = openApiDocument([...(await Promise.all(routes)), ...d1], project.version);
  const text = JSON.stringify(document);
  return { document, text, etag: etagOf(text) };
}
