import { createHash, randomUUID } from "node:crypto";
import { type Readable, Transform } from "node:stream";
import type { ScriptRunReply } from "../../agent/protocol.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { agentOf, askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, requireProtected, requireWritable } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { findD1Database, type OfD1 } from "./find-d1-database.ts";
import { findUploadId, type LinkClaims, nameUpload, signLink } from "./signed-link.ts";

/** All of it becomes one commit, whose pages the log and the history hold at once. */
export const IMPORT_LIMIT_BYTES = 256 * 1024 * 1024;
/** D1's clients ask again without a pause: each answer waits this long for news. */
const HOLD_MS = 20_000;
const ASK_TIMEOUT_MS = 60_000;

export type ImportState = ScriptRunReply;
export type ImportOffer = { link: string; filename: string };

/** Offers a place for a file of SQL whose MD5 is `md5` (lower-case hex). Throws `conflict` for an attached database. */
export async function offerImport(ctx: CallContext, of: OfD1, md5: string): Promise<ImportOffer> {
  const { id: databaseId } = await findImporting(ctx, of);
  if (ctx.actor.kind !== "token") throw new Error("only tokens call the D1 API");
  const upload = { uploadId: randomUUID(), databaseId, md5 };
  const link = signLink({ for: "upload", tokenId: ctx.actor.tokenId, account: of.account, ...upload });
  return { link, filename: nameUpload(upload) };
}

/** Takes a file's bytes for an offer. Throws `payload_too_large`, and `invalid_input` for bytes of another MD5. */
export async function receiveImport(
  ctx: CallContext,
  { account, databaseId, uploadId, md5 }: Extract<LinkClaims, { for: "upload" }>,
  bytes: Readable,
): Promise<void> {
  const row = await findImporting(ctx, { account, database: databaseId });
  let refusal: LastgoodError | null = null;
  const checked = checkedBytes(md5, (error) => {
    refusal = error;
  });
  bytes.on("error", (error) => checked.destroy(error));
  try {
    await (await agentOf(row)).upload(uploadId, bytes.pipe(checked));
  } catch (error) {
    throw refusal ?? error;
  }
}

/** Runs an upload, and answers where that stands after a while. Repeating it runs nothing again. */
export async function beginImport(
  ctx: CallContext,
  of: OfD1,
  { filename, md5 }: { filename: string; md5: string },
): Promise<ImportState> {
  const row = await findImporting(ctx, of);
  const uploadId = findUploadId(filename, { databaseId: row.id, md5 });
  if (uploadId === null) {
    throw new LastgoodError("invalid_input", "No file was uploaded under this name and etag.", {
      field: "filename",
      hint: "Begin the import again.",
    });
  }
  const asked = { databaseId: row.id, uploadId, md5, waitMs: HOLD_MS };
  return askAgentOf(row, "runScript", asked, ASK_TIMEOUT_MS);
}

/** Where the import stands that began at a bookmark. Throws `conflict` once nobody knows it any more. */
export async function followImport(ctx: CallContext, of: OfD1, atBookmark: string): Promise<ImportState> {
  const row = await findImporting(ctx, of);
  return askAgentOf(row, "scriptRun", { databaseId: row.id, atBookmark, waitMs: HOLD_MS }, ASK_TIMEOUT_MS);
}

async function findImporting(ctx: CallContext, of: OfD1): Promise<DatabaseRow> {
  const row = await findD1Database(ctx, "database.query", of);
  await authorise(ctx, "database.query", { namespace: of.account }, (db, principal) =>
    requireWritable(db, principal, row),
  );
  requireProtected(row);
  if (row.origin === "hosted") return row;
  throw new LastgoodError("conflict", `${row.name} is attached; Lastgood does not run its SQL.`, {
    hint: "Run the file with the program that owns the database.",
  });
}

/** Lets bytes through as long as they are not too many, and ends only when they are those that were announced. */
function checkedBytes(md5: string, refused: (error: LastgoodError) => void): Transform {
  const hash = createHash("md5");
  let sizeBytes = 0;
  const refuse = (error: LastgoodError) => {
    refused(error);
    return error;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      if (sizeBytes > IMPORT_LIMIT_BYTES) done(refuse(tooLarge()));
      else done(null, chunk);
    },
    flush(done) {
      done(hash.digest("hex") === md5 ? null : refuse(otherBytes()));
    },
  });
}

function tooLarge(): LastgoodError {
  const mib = IMPORT_LIMIT_BYTES / 1024 / 1024;
  return new LastgoodError("payload_too_large", `An import takes a file of at most ${mib} MiB, as one transaction.`, {
    hint: "Make several files of it, or make the database from a file of SQLite on the page for new ones.",
  });
}

function otherBytes(): LastgoodError {
  return new LastgoodError("invalid_input", "What arrived has another MD5 than was announced; nothing is kept of it.", {
    field: "etag",
    hint: "Begin the import again.",
  });
}
