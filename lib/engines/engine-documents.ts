import type { Bookmark } from "../domain/bookmark.ts";
import type { Restored, RestorePlan } from "../domain/restore.ts";
import type { ImageFacts, ImageTarget, ProtectedDatabase, Run } from "./engine.ts";

/** What goes into a document: the tables of one schema (null: the engine's only or first one) less some, by name. */
export type DocumentOptions = { excludeTables: readonly string[]; schema: string | null };

/** A portable document as it was written. Either its body is read, once, or it is discarded. */
export type WrittenDocument = {
  bookmark: Bookmark;
  timeMs: number;
  /** Bytes of the document itself, before anybody compresses it. */
  sizeBytes: number;
  tables: number;
  rows: number;
  /** Tables of the schema that are not in it, and why. */
  leftOut: { name: string; because: string }[];
  body: AsyncIterable<Uint8Array>;
  discard(): void;
};

/** What is known of a stored document before it is fetched. */
export type DocumentFacts = Pick<ImageFacts, "backupId" | "bookmark" | "timeMs" | "sha256"> & { sizeBytes: number };

/** What the restore of a document reached; `reached` is its own commit, since no moment of the history was like it. */
export type DocumentRestored = Restored & {
  replaced: { tables: { name: string; removed: number; written: number }[]; rows: number };
};

/** Portable documents (lib/engines/json/FORMAT.md). */
export interface EngineDocuments {
  /**
   * Writes the document of a state of the history. Throws `invalid_input` for a schema that there is not, `payload_too_large` where
   * a row or the whole is larger than a document may be.
   */
  write(db: ProtectedDatabase, at: Bookmark, options: DocumentOptions, run: Run): Promise<WrittenDocument>;
  /** What its restore would do, by what is known of it without reading it. `db` as for `EngineImages.planImage`. */
  plan(db: ProtectedDatabase, document: DocumentFacts, target: ImageTarget): Promise<RestorePlan>;
  /**
   * Puts the rows of the document in the file that `fetch` answers, a plain one, in place of those of the same tables of the live database, as one commit:
   * wholly or not at all. `restoreId` makes a repeat after a crash harmless: what an earlier try has done is settled before anything is
   * fetched. Throws `invalid_input` for a document that is not what
   * was once written, `conflict` where it does not fit the database, `payload_too_large`: then nothing was changed.
   */
  restore(db: ProtectedDatabase, restoreId: string, fetch: () => Promise<string>, run: Run): Promise<DocumentRestored>;
}
