import { HistoryWriter, type SealAt } from "../history/history-writer.ts";
import { openHistory } from "../history/open-history.ts";
import { CaptureStopped, LogUnavailable } from "./capture-problem.ts";
import { CommitFollower } from "./commit-follower.ts";
import type { LiveFiles } from "./live-files.ts";
import type { LogScanner } from "./log-scanner.ts";
import type { Mirror } from "./mirror.ts";
import { recoverMirror } from "./recover-mirror.ts";

/** A history that is being written: its writer, its verified mirror, and what follows the log for them. */
export type OpenCapture = { writer: HistoryWriter; mirror: Mirror; follower: CommitFollower };

/** Opens an existing history to go on with it. `trustNothing`: the mirror is rebuilt as a whole. */
export async function openCapture(
  directory: string,
  files: LiveFiles,
  scanner: LogScanner,
  trustNothing: boolean,
  sealAt?: SealAt,
): Promise<OpenCapture> {
  const header = files.readIndexHeader();
  if (!header) throw new LogUnavailable("the log's index is being changed");
  const writer = HistoryWriter.open(directory, sealAt);
  let mirror: Mirror | null = null;
  try {
    refuseOtherPageSize(writer, header.pageSize);
    const history = openHistory(directory);
    try {
      mirror = await recoverMirror(history, trustNothing);
    } finally {
      history.close();
    }
    return { writer, mirror, follower: new CommitFollower(files, writer, mirror, scanner) };
  } catch (error) {
    mirror?.close();
    await writer.close();
    throw error;
  }
}

/** Frees the memory that a busy time has left. */
export function restCapture({ writer, mirror }: OpenCapture): void {
  mirror.rest();
  writer.rest();
}

/** Lets go of the files; what was gathered and not flushed is dropped. */
export async function closeCapture({ writer, mirror }: OpenCapture): Promise<void> {
  try {
    mirror.close();
  } finally {
    await writer.close();
  }
}

export function refuseOtherPageSize(writer: HistoryWriter, pageSize: number): void {
  if (writer.pageSize === pageSize) return;
  const cause = `The database now has pages of ${pageSize} bytes; its history has pages of ${writer.pageSize}.`;
  const remedy = "Detach the database and attach it again: it gets a new history, the old one stays until it expires.";
  throw new CaptureStopped({ cause, remedy }, { mayPass: false });
}
