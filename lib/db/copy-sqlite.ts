import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import SqliteFile from "better-sqlite3";

/** Why a copy was made: by the clock, or before a migration. Each kind has its own number of copies that are kept. */
export type CopyKind = "hourly" | "before-migration";

const KEPT: Readonly<Record<CopyKind, number>> = { hourly: 24, "before-migration": 5 };
/** Enough that writers rarely come between, and few enough that this process is not held up. */
const PAGES_AT_ONCE = 20_000;

const nameOf = (kind: CopyKind, atMs: number) => `${new Date(atMs).toISOString().replaceAll(/[:.]/g, "-")}-${kind}.db`;

/** The copies of a kind, oldest first, as absolute paths. */
export function listCopies(folder: string, kind: CopyKind): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(`-${kind}.db`));
  return names.sort().map((name) => path.join(folder, name));
}

/** When the newest copy of a kind was made that is not of the future, Unix milliseconds; null while there is none. */
export function newestCopyMs(folder: string, kind: CopyKind, nowMs: number): number | null {
  const times = listCopies(folder, kind).flatMap((copy) => madeAtMs(copy) ?? []);
  return times.filter((atMs) => atMs <= nowMs).at(-1) ?? null;
}

function madeAtMs(copy: string): number | null {
  const [, day, hour, minute, second, ms] = /^(.{10})T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z/.exec(path.basename(copy)) ?? [];
  return day === undefined ? null : Date.parse(`${day}T${hour}:${minute}:${second}.${ms}Z`);
}

/**
 * Copies a metadata file that may be in use, through SQLite's backup API, into one file that needs no other beside it
 * (0600). The copy is checked and durable before it gets its name; then the oldest ones beyond what is kept are removed.
 * @returns the copy's path
 */
export async function copySqlite(file: string, folder: string, kind: CopyKind, atMs: number): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = path.join(folder, `draft-${process.pid}`);
  removeFile(draft);
  const source = new SqliteFile(file, { readonly: true, fileMustExist: true, timeout: 10_000 });
  try {
    await source.backup(draft, { progress: () => PAGES_AT_ONCE });
  } finally {
    source.close();
  }
  chmodSync(draft, 0o600);
  finish(draft);
  const copy = path.join(folder, nameOf(kind, atMs));
  renameSync(draft, copy);
  syncPath(folder);
  const others = listCopies(folder, kind).filter((other) => other !== copy);
  for (const old of others.slice(0, 1 - KEPT[kind])) rmSync(old, { force: true });
  return copy;
}

/** Makes the copy a file of its own, proves it and brings it to the disk. */
function finish(draft: string): void {
  const copy = new SqliteFile(draft);
  try {
    copy.pragma("journal_mode = DELETE");
    const verdict = copy.pragma("integrity_check", { simple: true });
    if (verdict !== "ok") throw new Error(`the copy of the metadata is not whole: ${String(verdict)}`);
  } finally {
    copy.close();
  }
  syncPath(draft);
}

function removeFile(file: string): void {
  for (const one of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]) rmSync(one, { force: true });
}

function syncPath(file: string): void {
  const fd = openSync(file, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
