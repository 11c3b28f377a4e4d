import type { Readable } from "node:stream";
import { LastgoodError } from "../../domain/errors.ts";
import { agentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findUsableBackup } from "./find-backup.ts";

/** A backup as a file; `open` streams the bytes `first` to `last`. The same `sha256` is the same bytes. */
export type BackupDownload = {
  fileName: string;
  contentType: string;
  sha256: string;
  sizeBytes: number;
  open(part: { first: number; last: number }): Promise<Readable>;
};

/**
 * A backup to carry away, unpacked: a physical one as a database file, a portable one as its document. Throws `conflict` for one
 * that is not complete or was deleted, `storage_damaged` where it is known to be.
 */
export async function downloadBackup(
  ctx: CallContext,
  { namespace, database, backup }: { namespace: string; database: string; backup: string },
): Promise<BackupDownload> {
  const { row, of } = await perform(ctx, "backup.download", { namespace }, async ({ db, principal, note }) => {
    const of = await findDatabase(db, principal, database);
    const row = await findUsableBackup(db, of, backup);
    note({ kind: "backup", id: row.id }, { databaseId: row.databaseId, key: row.key });
    return { row, of };
  });
  if (row.sha256 === null || row.rawBytes === null) {
    throw new LastgoodError("storage_damaged", "This backup does not say what it holds.", { hint: "Choose another." });
  }
  const { ending, contentType } = formOf(row, of);
  return {
    fileName: `${of.name}-${row.key}.${ending}`,
    contentType,
    sha256: row.sha256,
    sizeBytes: Number(row.rawBytes),
    open: async (part) => (await agentOf(of)).downloadBackup(row.id, part),
  };
}

/** What kind of file it is: a document, a database's file, or a packed data directory. */
function formOf({ kind }: { kind: string }, { engine }: { engine: string }): { ending: string; contentType: string } {
  if (kind === "portable") return { ending: "json", contentType: "application/json" };
  if (engine === "postgres") return { ending: "tar", contentType: "application/x-tar" };
  return { ending: "db", contentType: "application/vnd.sqlite3" };
}
