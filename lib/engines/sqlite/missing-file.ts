import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { disk } from "../../storage/disk.ts";
import type { ProtectedDatabase, Run } from "../engine.ts";
import type { OwnedEngine } from "../owned-engine.ts";
import type { History } from "./history/open-history.ts";
import { writeState } from "./offline/write-state.ts";

const CAUSE = "The file of this database is not there.";
const REMEDY =
  "Restore its newest moment, or any other, on the page Backups: the file is made anew from its history. Or put the file back where it was.";

/** Whether a database whose file is Lastgood's own has lost it. */
export function isFileMissing({ origin, path }: ProtectedDatabase): boolean {
  return origin === "hosted" && !disk.existsSync(path);
}

/** What is refused while it is so: nothing may make an empty file in its place. */
export function requireFile(db: ProtectedDatabase): void {
  if (isFileMissing(db)) throw new LastgoodError("not_protected", CAUSE, { hint: REMEDY });
}

/** The status of a database, with what to do about it where its file is missing. */
export function tellMissingFile(db: ProtectedDatabase, status: CaptureStatus): CaptureStatus {
  if (status.state !== "stopped" || !isFileMissing(db)) return status;
  return { ...status, problem: { cause: CAUSE, remedy: REMEDY, isFileMissing: true } };
}

/**
 * Makes the file of a hosted database anew, with the newest state of its history, each page checked, and has it captured. What a log of the lost
 * file holds is in the history as far as anybody was told of it, and belongs to no other file. Throws `history_damaged`, `storage_full`.
 */
export async function makeFileAnew(
  db: ProtectedDatabase,
  engine: Pick<OwnedEngine, "release" | "protect" | "register">,
  historyOf: () => History,
  run: Run,
): Promise<void> {
  try {
    await engine.release(db.id, run);
    // To let go takes a while: what somebody has put back meanwhile keeps its log.
    if (isFileMissing(db)) await writeNewest(db, historyOf(), run);
    await engine.protect(db, { kind: "existing" }, run);
  } catch (error) {
    // Whatever became of it, it goes on being captured, or says why it is not.
    engine.register(db);
    throw error;
  }
}

async function writeNewest(db: ProtectedDatabase, history: History, run: Run): Promise<void> {
  for (const end of ["-wal", "-shm", "-journal"]) disk.rmSync(`${db.path}${end}`, { force: true });
  const { txid, sizeAfter } = history.newest();
  await writeState({
    historyDirectory: history.directory,
    txid,
    output: db.path,
    sizeBytes: sizeAfter * history.pageSize,
    check: true,
    signal: run.signal,
    report: (_, done, total) => run.progress("prepare", done, total),
  });
  disk.rmSync(`${db.path}-journal`, { force: true });
}
