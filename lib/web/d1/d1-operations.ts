import { z } from "zod";
import type { Method, Operation, Operations } from "../operation.ts";

/*
 * What the API reference says of the D1 routes. Their clients have documents of their own, so here is no more than the address,
 * the right and the envelope; what each takes is D1's affair.
 */
const envelope = z
  .looseObject({
    success: z.boolean(),
    result: z.unknown(),
    errors: z.array(z.looseObject({ code: z.int(), message: z.string() })),
    messages: z.array(z.unknown()),
  })
  .meta({ id: "D1Envelope", description: "What every D1 route answers, refusals as well." });

const anyBody = z.looseObject({});
const ACCOUNT = "The account: the namespace's id or slug.";
const params = { account: ACCOUNT, db: "The database's id." };

const told = (id: string, summary: string, action: Operation["action"], method: Method = "GET"): Operation => ({
  id: `d1${id}`,
  tag: "D1 API",
  summary,
  action,
  params,
  ...(method !== "GET" && method !== "DELETE" && { body: anyBody, bodyIsOptional: true }),
  answers: { 200: { says: "D1's envelope.", schema: envelope } },
  refusal: { contentType: "application/json", schema: envelope },
});

const DATABASES = "/client/v4/accounts/[account]/d1/database";
const DATABASE = `${DATABASES}/[db]`;

/** By address; files of SQL travel over signed addresses that the import and export routes tell. */
export const D1_OPERATIONS: Readonly<Record<string, Operations>> = {
  "/client/v4/user": { GET: told("ReadUser", "Read who calls", null) },
  "/client/v4/user/tokens/verify": { GET: told("VerifyToken", "Read whether the token counts", null) },
  "/client/v4/memberships": { GET: told("ListMemberships", "List the accounts of the caller", null) },
  "/client/v4/accounts": { GET: told("ListAccounts", "List the accounts of the caller", null) },
  "/client/v4/graphql": { POST: told("AskMetrics", "Read figures of databases", "database.read", "POST") },
  [DATABASES]: {
    GET: told("ListDatabases", "List the databases", "database.list"),
    POST: told("CreateDatabase", "Make a database", "database.create", "POST"),
  },
  [DATABASE]: {
    GET: told("ReadDatabase", "Read a database", "database.read"),
    PUT: told("PutDatabase", "Change a database", "database.update", "PUT"),
    PATCH: told("PatchDatabase", "Change a database", "database.update", "PATCH"),
    DELETE: told("DeleteDatabase", "Delete a database", "database.delete", "DELETE"),
  },
  [`${DATABASE}/query`]: { POST: told("Query", "Run SQL, rows as objects", "database.query", "POST") },
  [`${DATABASE}/raw`]: { POST: told("Raw", "Run SQL, rows as lists", "database.query", "POST") },
  [`${DATABASE}/export`]: { POST: told("Export", "Export as SQL", "database.view", "POST") },
  [`${DATABASE}/import`]: { POST: told("Import", "Import SQL", "database.query", "POST") },
  [`${DATABASE}/time_travel/bookmark`]: {
    GET: told("ReadBookmark", "Find the bookmark of a time", "database.read"),
  },
  [`${DATABASE}/time_travel/restore`]: {
    POST: told("Restore", "Restore a database to a bookmark or a time", "restore.project", "POST"),
  },
};

/** Below the prefix, and told to nobody: the signed addresses, and what answers where nothing is. */
export const D1_UNTOLD = ["/client/v4/[...rest]", "/client/v4/d1/downloads/[link]", "/client/v4/d1/uploads/[link]"];
