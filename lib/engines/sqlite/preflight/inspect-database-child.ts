import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { answerJob } from "../../processes/answer-job.ts";
import { openLiveFile } from "../live-url.ts";
import { isBusy, sqliteCodeOf } from "../wal/sqlite-busy.ts";
import { type DatabaseHeader, readDatabaseHeader } from "./database-header.ts";

/** What `inspect-database-child.ts` is asked and answers. The file's identity was taken before. */
export type InspectQuestion = { path: string; device: string; inode: string };
export type Inspected = {
  /** The file is another one by now. */
  swapped: boolean;
  header: DatabaseHeader;
  /** What SQLite said, when it could be opened. */
  opened: { journalMode: string; tables: number; litestream: boolean } | null;
  problem: "locked" | "damaged" | "unreadable" | null;
  problemText: string | null;
};

await answerJob<InspectQuestion>((question) => inspect(question));

function inspect(question: InspectQuestion): Inspected {
  const none = { swapped: false, header: { kind: "none" } as const, opened: null, problem: null, problemText: null };
  const header = readHeader(question);
  if (header === null) return { ...none, swapped: true };
  if (header.kind !== "sqlite" || header.reservedBytes !== 0) return { ...none, header };
  // The raw descriptor is closed by now: closing one later would take this process's SQLite locks away.
  try {
    const opened = look(question.path);
    return { ...none, header, opened, swapped: !isSame(question) };
  } catch (error) {
    const problem = isBusy(error) ? "locked" : sqliteCodeOf(error) === null ? null : "damaged";
    if (problem === null) throw error;
    return { ...none, header, problem, problemText: error instanceof Error ? error.message : null };
  }
}

function readHeader(question: InspectQuestion): DatabaseHeader | null {
  const fd = openSync(question.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (stat.dev.toString() !== question.device || stat.ino.toString() !== question.inode) return null;
    const first = Buffer.alloc(100);
    return readDatabaseHeader(first.subarray(0, readSync(fd, first, 0, 100, 0)), Number(stat.size));
  } finally {
    closeSync(fd);
  }
}

function isSame({ path, device, inode }: InspectQuestion): boolean {
  const stat = lstatSync(path, { bigint: true });
  return stat.dev.toString() === device && stat.ino.toString() === inode;
}

/** A short time-out: a writer of a moment is waited for, a connection in exclusive locking mode is not. */
function look(path: string): { journalMode: string; tables: number; litestream: boolean } {
  const connection = openLiveFile(path, { timeout: 2000, defensive: true });
  try {
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    connection.exec("PRAGMA wal_autocheckpoint = 0");
    const journalMode = String(connection.prepare("PRAGMA journal_mode").get()?.journal_mode);
    const count = (where: string) =>
      Number(connection.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE ${where}`).get()?.n);
    return {
      journalMode,
      tables: count("type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"),
      litestream: count("name IN ('_litestream_seq', '_litestream_lock')") > 0,
    };
  } finally {
    connection.close();
  }
}
