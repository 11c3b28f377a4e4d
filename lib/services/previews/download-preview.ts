import type { Readable } from "node:stream";
import type { DownloadReply } from "../../agent/protocol.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { agentOf, askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected } from "../databases/find-database.ts";
import { perform } from "../perform.ts";

/** Writing a large state out takes as long as it takes. */
const PREPARE_TIMEOUT_MS = 30 * 60_000;

/** A preview's file as of one bookmark; `open` streams the bytes `first` to `last`. */
export type PreviewDownload = Omit<DownloadReply, "downloadId"> & {
  /** Of the file, without its end. */
  name: string;
  /** What the file is: of SQLite the database itself, of PostgreSQL a data directory in a tar. */
  ending: "db" | "tar";
  open(part: { first: number; last: number }): Promise<Readable>;
};

/**
 * Writes a preview's state as of a bookmark, or of now, out as a file: from its history, never the live file, so that it is
 * whole. The same bookmark is the same bytes. A project is `conflict`.
 */
export async function downloadPreview(
  ctx: CallContext,
  { namespace, database, bookmark }: { namespace: string; database: string; bookmark: string | null },
): Promise<PreviewDownload> {
  const row = await perform(ctx, "preview.download", { namespace }, async ({ db, principal, note }) => {
    const found = await findDatabase(db, principal, database);
    note({ kind: "database", id: found.id }, { databaseId: found.id, name: found.name, bookmark });
    if (found.kind !== "preview") throw onlyPreviews(found.name);
    requireProtected(found);
    return found;
  });
  const { id: databaseId, name } = row;
  const at = bookmark ?? (await askAgentOf(row, "current", { databaseId })).bookmark;
  const { downloadId, ...reply } = await askAgentOf(row, "prepareDownload", { databaseId, at }, PREPARE_TIMEOUT_MS);
  const ending = row.engine === "postgres" ? "tar" : "db";
  return { ...reply, name, ending, open: async (part) => (await agentOf(row)).download(downloadId, part) };
}

function onlyPreviews(name: string): LastgoodError {
  return new LastgoodError("conflict", `${name} is no preview: only those can be downloaded.`, {
    hint: "Restore the moment that you want into a new preview, and download that.",
  });
}
