import { HistoryWriter, type SealAt } from "../history/history-writer.ts";
import { openHistory } from "../history/open-history.ts";
import { CaptureStopped, isHistoryDamaged, LogUnavailable, type Problem } from "./capture-problem.ts";
import { CommitFollower } from "./commit-follower.ts";
import { describeDamage, findMissingEnd, setAsideHistory } from "./damaged-history.ts";
import type { LiveFiles } from "./live-files.ts";
import type { LogScanner } from "./log-scanner.ts";
import type { Mirror } from "./mirror.ts";
import { recoverMirror } from "./recover-mirror.ts";
import type { Turns } from "./turns.ts";

/**
 * A history that is being written: its writer, its verified mirror, and what follows the log for them. `damage`: what people
 * should know of it although it can be gone on with.
 */
export type OpenCapture = { writer: HistoryWriter; mirror: Mirror; follower: CommitFollower; damage: Problem | null };

/**
 * Opens an existing history to go on with it. `trustNothing`: the mirror is rebuilt as a whole. When its newest state cannot
 * be told any more it is set aside, and `LogUnavailable` thrown: at the next look capture begins anew.
 */
export async function openCapture(
  directory: string,
  files: LiveFiles,
  scanner: LogScanner,
  trustNothing: boolean,
  sealAt?: SealAt,
): Promise<OpenCapture> {
  const header = files.readIndexHeader();
  if (!header) throw new LogUnavailable("the log's index is being changed");
  try {
    return await openSound(directory, files, scanner, header.pageSize, trustNothing, sealAt);
  } catch (error) {
    if (!isHistoryDamaged(error)) throw error;
    throw new LogUnavailable(`the history was set aside in ${setAsideHistory(directory)}`);
  }
}

async function openSound(
  directory: string,
  files: LiveFiles,
  scanner: LogScanner,
  pageSize: number,
  trustNothing: boolean,
  sealAt?: SealAt,
): Promise<OpenCapture> {
  const writer = HistoryWriter.open(directory, sealAt);
  let mirror: Mirror | null = null;
  try {
    refuseOtherPageSize(writer, pageSize);
    const history = openHistory(directory);
    let damage: Problem | null;
    try {
      const end = findMissingEnd(history);
      mirror = await recoverMirror(history, trustNothing);
      damage = describeDamage(history, end);
      if (end) await tellMissingEnd(writer, mirror, end.txid);
    } finally {
      history.close();
    }
    return { writer, mirror, follower: new CommitFollower(files, writer, mirror, scanner), damage };
  } catch (error) {
    mirror?.close();
    await writer.close();
    throw error;
  }
}

/** Frees the memory that a busy time has left, in a turn of its own: beside a batch under way nothing may be forgotten. */
export async function restCapture(turns: Turns, open: () => OpenCapture | null): Promise<void> {
  await turns.take(async () => {
    const capture = open();
    capture?.mirror.rest();
    capture?.writer.rest();
  });
}

/** Seals all that is captured by now. The mirror's checksums name its end, so that nothing seems to be missing behind it. */
export async function sealCapture({ writer, follower }: OpenCapture): Promise<{ txid: number }> {
  await follower.writeMirrorChecksums();
  await writer.sealNow();
  return { txid: writer.newest.txid };
}

/** Once: with this note, and checksums of the end as it is now, nothing speaks of the missing one again. */
async function tellMissingEnd(writer: HistoryWriter, mirror: Mirror, txid: number): Promise<void> {
  writer.addNote({ kind: "end-missing", hadReachedCommit: txid });
  await writer.flush();
  await mirror.writeChecksums(writer);
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
