import path from "node:path";
import type { Restored } from "../../../domain/restore.ts";
import { disk } from "../../../storage/disk.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { readJsonFile } from "../../../storage/read-json-file.ts";

/** What was about to be done to the live database, written before it was done. */
export type Attempt = {
  version: 1;
  restoreId: string;
  way: "append" | "backup";
  toTxid: number;
  /** The newest commit when it began: the restore's own one, if there is any, comes later. */
  startTxid: number;
};

const KEPT_DAYS = 8;
/** Begins the names of folders that are no restore's: pages that are being computed, for the process whose id follows. */
export const CONTENT_FOLDER = "content-";
const CONTENT_KEPT_DAYS = 1;
const DAY_MS = 86_400_000;

/**
 * The folder of one restore. After a crash it tells what had been begun (`attempt.json`, and the append way's
 * `intent.json`), and after the end what was reached (`done.json`), so that a repeat of the same restore is harmless.
 */
export class RestoreFiles {
  readonly directory: string;

  constructor(workRoot: string, restoreId: string) {
    this.directory = path.join(workRoot, restoreId);
    disk.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  get intentPath(): string {
    return path.join(this.directory, "intent.json");
  }

  get turnPath(): string {
    return path.join(this.directory, "turn.db");
  }

  get imagePath(): string {
    return path.join(this.directory, "image.db");
  }

  readDone(): Restored | null {
    return readJsonFile<Restored>(path.join(this.directory, "done.json"));
  }

  writeDone(restored: Restored): void {
    this.#write("done.json", restored);
  }

  readAttempt(): Attempt | null {
    return readJsonFile<Attempt>(path.join(this.directory, "attempt.json"));
  }

  writeAttempt(attempt: Attempt): void {
    this.#write("attempt.json", attempt);
  }

  /** Forgets an attempt that had no effect. */
  forgetAttempt(): void {
    disk.rmSync(this.intentPath, { force: true });
    reachPoint("restore.intent-forgotten");
    disk.rmSync(path.join(this.directory, "attempt.json"), { force: true });
  }

  /** Removes what only the restore itself needed. */
  removePages(): void {
    for (const name of disk.readdirSync(this.directory)) {
      if (!name.endsWith(".json") && !name.startsWith("turn.db"))
        disk.rmSync(path.join(this.directory, name), { force: true });
    }
  }

  #write(name: string, content: unknown): void {
    writeFileDurably(path.join(this.directory, name), Buffer.from(JSON.stringify(content)));
  }
}

/** Removes the folders of restores that ended long ago, and pages that were computed for an agent that is no more. */
export function removeOldRestores(workRoot: string, nowMs: number): void {
  disk.mkdirSync(workRoot, { recursive: true, mode: 0o700 });
  for (const name of disk.readdirSync(workRoot)) {
    const folder = path.join(workRoot, name);
    const keptDays = name.startsWith(CONTENT_FOLDER) ? (isOrphaned(name) ? 0 : CONTENT_KEPT_DAYS) : KEPT_DAYS;
    if (disk.statSync(folder).mtimeMs < nowMs - keptDays * DAY_MS)
      disk.rmSync(folder, { recursive: true, force: true });
  }
}

function isOrphaned(name: string): boolean {
  const owner = Number(name.slice(CONTENT_FOLDER.length).split("-")[0]);
  if (!Number.isInteger(owner) || owner <= 0) return false;
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
