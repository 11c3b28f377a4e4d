import { readdirSync } from "node:fs";
import path from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { z } from "zod";
import { ALL_ROUTES } from "../../app/api/openapi.json/all-routes.ts";
import { readDocument } from "../../app/api/openapi.json/read-document.ts";
import { D1_OPERATIONS, D1_UNTOLD } from "../../lib/web/d1/d1-operations.ts";
import { openApiDocument } from "../../lib/web/openapi.ts";
import { operationsOf } from "../../lib/web/operation.ts";

const APP = path.resolve(import.meta.dirname, "../../app");
/** Next-auth's own; the figures for monitoring, which are no part of the API; what answers where no route does. */
const NOT_OURS = ["/api/auth/[...nextauth]", "/metrics", "/api/[[...nothing]]", "/v1/[[...nothing]]"];

test("every route file is in the list that the document is made of, and nothing else is", () => {
  const files = readdirSync(APP, { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|\/)route\.tsx?$/.test(file))
    .map((file) => `/${path.dirname(file)}`.replaceAll(/\/\([^)]*\)/g, ""));
  const told = [...Object.keys(ALL_ROUTES), ...Object.keys(D1_OPERATIONS)];
  const untold = [...NOT_OURS, ...D1_UNTOLD];
  expect(told.sort()).toEqual(files.filter((file) => !untold.includes(file)).sort());
});

test("the document is valid OpenAPI 3.1", async () => {
  const { document } = await readDocument();
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});

test("a document with an operation that says nothing of its answers is found invalid", async () => {
  const { document } = await readDocument();
  const broken = structuredClone(document) as { paths: Record<string, { get?: { responses?: unknown } }> };
  delete broken.paths["/api/health"]?.get?.responses;
  broken.paths["no slash"] = {};
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

test("every JSON that is read has an ETag, and 304 for who has it: pages ask again and again", async () => {
  const reads = await Promise.all(Object.values(ALL_ROUTES).map(async (load) => operationsOf(await load()).GET ?? []));
  const whole = reads.flat().filter(({ answers }) => answers[200]?.schema !== undefined);
  const untagged = whole.filter(({ answers }) => !(answers[200]?.headers?.includes("etag") && answers[304]));
  expect(untagged.map(({ id }) => id)).toEqual([]);
  expect(whole.length).toBeGreaterThan(40);
});

test("two different schemas cannot have one name", () => {
  const named = (schema: z.ZodType) => ({ says: "", schema: schema.meta({ id: "Twice" }) });
  const operation = { id: "x", tag: "System", summary: "", action: null } as const;
  const both = { GET: { ...operation, answers: { 200: named(z.string()), 201: named(z.number()) } } };
  expect(() => openApiDocument([{ pattern: "/x", operations: both }], "1")).toThrow("two schemas are called Twice");
});
