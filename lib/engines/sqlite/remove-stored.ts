import { existsSync, lstatSync, readdirSync, realpathSync, rmdirSync, unlinkSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../domain/assert.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { syncDirectory } from "../../storage/durable-file.ts";
import type { Run } from "../engine.ts";
import { markFile } from "./marks/mark-file.ts";

export type StoredPlaces = {
  /** The folder of all histories, and the folder of all hosted files. */
  history: string;
  hosted: string;
  /** The folder of temporary files, with what was derived of its history. */
  temporary?: string;
};

export type Removed = { files: number; bytes: number };

/** What lies beside a hosted file; the file itself goes last, so that a removal that broke off is seen as one. */
const COMPANIONS = ["-wal", "-shm", "-journal", ".new", ""];
/** More than this in one history is no history of ours. */
const MOST_FILES = 100_000;
/** A history has files, and folders of what was set aside. */
const MOST_LEVELS = 3;
const REMOVAL_TURNS = 50;
const REMOVAL_PAUSE_MS = 100;

/**
 * Removes all that is kept of one database: its history with what was derived of it, and its hosted file where it has one. Works on names made of its id
 * below the two folders alone, never on a path that somebody stored, and follows no link: a history or file that is one, or
 * that lies elsewhere, is refused with `conflict`. May be repeated after a crash. Backups lie in stores of their own, and are removed there.
 */
export function removeStored(
  id: string,
  { history, hosted, temporary }: StoredPlaces,
  run: Run,
  removed: Removed = { files: 0, bytes: 0 },
): Removed {
  assert(isUuid(id), "what is removed is named by an id");
  const directory = path.join(history, id);
  if (isThere(directory)) {
    requireOwn(directory, history, "directory");
    removeTree(directory, 1, removed, run);
    syncDirectory(history);
  }
  const derived = temporary ? [markFile(temporary, id)].flatMap((file) => [`${file}.new`, file]) : [];
  for (const file of derived) if (isThere(file)) removeFile(file, removed, run);
  for (const companion of COMPANIONS) {
    const file = path.join(hosted, `${id}.db${companion}`);
    if (!isThere(file)) continue;
    requireOwn(file, hosted, "file");
    removeFile(file, removed, run);
  }
  if (existsSync(hosted)) syncDirectory(hosted);
  return removed;
}

/** Whether somebody wrote into a folder while it was being removed: then the rest goes with another turn. */
function isStillWritten(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "ENOENT");
}

/** `removeStored`, again and again while a reader that has just let go of a history still writes its checksums down. */
export async function removeOnceLetGo(
  databaseId: string,
  places: Parameters<typeof removeStored>[1],
  run: Run,
): Promise<Removed> {
  const removed: Removed = { files: 0, bytes: 0 };
  for (let turns = 1; ; turns++) {
    try {
      return removeStored(databaseId, places, run, removed);
    } catch (error) {
      if (!isStillWritten(error) || turns === REMOVAL_TURNS) throw error;
    }
    await sleep(REMOVAL_PAUSE_MS);
  }
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** That it is what it should be, itself and not behind a link, directly below its folder. */
function requireOwn(file: string, folder: string, kind: "directory" | "file"): void {
  const found = lstatSync(file);
  const isRight = kind === "directory" ? found.isDirectory() : found.isFile();
  if (isRight && realpathSync(file) === path.join(realpathSync(folder), path.basename(file))) return;
  throw new LastgoodError("conflict", `${file} is not what Lastgood put there; nothing of it was removed.`, {
    hint: "Look at what it is. Once it is out of the way the removal goes on by itself.",
  });
}

function removeTree(directory: string, level: number, removed: Removed, run: Run): void {
  const entries = readdirSync(directory, { withFileTypes: true });
  if (removed.files + entries.length > MOST_FILES || level > MOST_LEVELS) {
    throw new LastgoodError("conflict", `${directory} holds more than a history does; the rest was left alone.`, {
      hint: "Look at what is there.",
    });
  }
  for (const entry of entries) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) removeTree(file, level + 1, removed, run);
    else removeFile(file, removed, run);
  }
  rmdirSync(directory);
}

/** A link is removed as what it is; what it leads to stays. */
function removeFile(file: string, removed: Removed, { signal, progress }: Run): void {
  signal.throwIfAborted();
  removed.bytes += lstatSync(file).size;
  unlinkSync(file);
  removed.files += 1;
  progress("remove", removed.files, removed.files);
}
