import type { TransactionNote } from "./transaction-notes.ts";

/** A transaction worth telling, by the position where its commit's record begins. */
export type SegmentNote = TransactionNote & { lsn: number };

/** Fewer deleted rows are everyday business. */
const FEWEST_ROWS = 100;

export function isWorthTelling({ deletes, changes }: TransactionNote): boolean {
  return deletes >= FEWEST_ROWS || changes.length > 0;
}

export function encodeNote(note: SegmentNote): string {
  return `${JSON.stringify(note)}\n`;
}

/** What a file of notes says, by position; a commit that was read twice counts once, and of many in a row what was told last. */
export function decodeNotes(file: Buffer): SegmentNote[] {
  const found = new Map<string, SegmentNote>();
  for (const line of file.toString("utf8").split("\n")) {
    if (!line.endsWith("}")) continue;
    const note = JSON.parse(line) as SegmentNote;
    found.set(note.commits === undefined ? `${note.lsn}` : `${note.lsn} ${note.relation}`, note);
  }
  return [...found.values()].sort((a, b) => a.lsn - b.lsn);
}
