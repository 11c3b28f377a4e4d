import type { MetadataReader } from "../../db/client.ts";
import { transact } from "../transact.ts";

/** What a restore from a document decided on its way, so that it goes on with the same after a crash. */
export type DocumentNotes = {
  /** The backup that was made of what is overwritten. */
  preRestore?: { id: string; key: string | null };
  /** The state that a new database begins with, before the document's tables are replaced in it. */
  base?: string;
};

/** What stands in the row of a restore; of one of rows it is something else. */
export function readNotes({ targetKind, summary }: { targetKind: string; summary: string | null }): DocumentNotes {
  return targetKind === "rows" || summary === null ? {} : (JSON.parse(summary) as DocumentNotes);
}

/** The same, by the restore's id. */
export async function findNotes(db: MetadataReader, restoreId: string): Promise<DocumentNotes> {
  const row = await db.restore.findUniqueOrThrow({ where: { id: restoreId } });
  return readNotes(row);
}

/** Writes more of it down. What stands there already stays: answers all of it. */
export function addNotes(restoreId: string, more: DocumentNotes): Promise<DocumentNotes> {
  return transact(async (tx) => {
    const notes = { ...more, ...(await findNotes(tx, restoreId)) };
    await tx.restore.update({ where: { id: restoreId }, data: { summary: JSON.stringify(notes) } });
    return notes;
  });
}
