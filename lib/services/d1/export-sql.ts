import type { Readable } from "node:stream";
import type { SqlTextOptions } from "../../engines/engine.ts";
import { agentOf, askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, requireProtected } from "../databases/find-database.ts";
import { findD1Database, type OfD1 } from "./find-d1-database.ts";
import { type LinkClaims, signLink } from "./signed-link.ts";

const HOLD_MS = 20_000;
const DOWNLOAD_MS = 30 * 60_000;

/** `link` is null while the export is being written; then ask again with the same bookmark. */
export type ExportState = { at: string; filename: string; link: string | null };

/**
 * Writes a database out as SQL, as of the bookmark given or of now, and answers where that stands after a while. It comes from
 * the history, so it is one moment's whatever is written meanwhile. The same call again is the same export.
 */
export async function exportSql(
  ctx: CallContext,
  of: OfD1,
  { at: asked, options }: { at: string | null; options: SqlTextOptions },
): Promise<ExportState> {
  const row = await findExporting(ctx, of);
  const found =
    asked === null
      ? await askAgentOf(row, "current", { databaseId: row.id })
      : await askAgentOf(row, "resolve", { databaseId: row.id, at: { bookmark: asked } });
  const at = found.bookmark;
  const filename = `${row.name}-${at.slice(0, 8)}.sql`;
  const wanted = { ...options, tables: [...options.tables] };
  const ready = await prepare(row, at, options, HOLD_MS);
  if (!ready || ctx.actor.kind !== "token") return { at, filename, link: null };
  const { tokenId } = ctx.actor;
  const claims = {
    for: "download",
    tokenId,
    account: of.account,
    databaseId: row.id,
    at,
    name: filename,
    options: wanted,
  } satisfies Parameters<typeof signLink>[0];
  return { at, filename, link: signLink(claims) };
}

/** The bytes of an export; written again where they were not kept for that long. */
export async function openExport(
  ctx: CallContext,
  { account, databaseId, at, options }: Extract<LinkClaims, { for: "download" }>,
): Promise<{ sizeBytes: number; tag: string; open(part: { first: number; last: number }): Promise<Readable> }> {
  const row = await findExporting(ctx, { account, database: databaseId });
  const ready = await prepare(row, at, options, DOWNLOAD_MS);
  if (!ready) throw new Error("an export that was waited for is there");
  const { downloadId, sizeBytes } = ready;
  return { sizeBytes, tag: downloadId, open: async (part) => (await agentOf(row)).download(downloadId, part) };
}

function prepare({ agentId, id: databaseId }: DatabaseRow, at: string, options: SqlTextOptions, waitMs: number) {
  const asked = { databaseId, at, options: { ...options, tables: [...options.tables] }, waitMs };
  return askAgentOf({ agentId }, "prepareSqlText", asked, waitMs + 40_000);
}

/** Reading all rows of a moment takes what looking at them takes. */
async function findExporting(ctx: CallContext, of: OfD1): Promise<DatabaseRow> {
  const row = await findD1Database(ctx, "database.view", of);
  requireProtected(row);
  return row;
}
