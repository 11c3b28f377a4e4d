import { createHash } from "node:crypto";

/** The state of a copy: a commit of a history, or what a file holds. */
export type CopiedState = { historyDirectory: string; txid: number } | { imageFile: string };

/** What `write-copy-child.ts` is asked: one state, as a new hosted file. */
export type WriteCopyQuestion = {
  from: CopiedState;
  /** Where it is written first; nobody else writes there. On the file system of `file`. */
  draft: string;
  /** Where the database is to be. One that is there already is the very same, and stays. */
  file: string;
};

export type WrittenCopy = { pages: number; pageSizeBytes: number; contentDigest: string };

/** Hex SHA-256 over the checksums of all pages but the first, which holds counters of its own. */
export function digestContent(crcs: Uint32Array): string {
  const others = crcs.subarray(1);
  const bytes = Buffer.from(others.buffer, others.byteOffset, others.byteLength);
  return createHash("sha256").update(`${crcs.length}:`).update(bytes).digest("hex");
}
