import { disk } from "../../../storage/disk.ts";
import type { RestartWindow } from "../history/payload.ts";
import type { LogPosition } from "../history/records.ts";
import { frameOffset, type IndexHeader, readFrameHeader } from "../wal/wal-layout.ts";

/** What may be said of a log that came under other salts (A6). */
export type Restart = "accepted" | "wait" | "gap";

export function samePosition(a: LogPosition, b: LogPosition): boolean {
  return a.salt1 === b.salt1 && a.salt2 === b.salt2 && a.frame === b.frame && a.sum1 === b.sum1 && a.sum2 === b.sum2;
}

/** What names one run of a log. */
export type Salts = { salt1: number; salt2: number };

export function sameLog(a: Salts, b: Salts): boolean {
  return a.salt1 === b.salt1 && a.salt2 === b.salt2;
}

/**
 * Whether the new log follows exactly where capture stood: because a keeper vouches for the window recorded there, or
 * because the remains of the old log prove it. `vouched` names the log that a living keeper said comes right behind the
 * window; `mayVouch`: one could still say so.
 */
export function judgeRestart(
  walFd: number,
  position: LogPosition,
  header: IndexHeader,
  window: RestartWindow | null,
  vouched: Salts | null,
  mayVouch: boolean,
): Restart {
  const isWindowHere = window !== null && samePosition(window.position, position);
  if (isWindowHere && vouched && sameLog(vouched, header)) return "accepted";
  // Tried at once: what is left of the old log fades as the new one grows.
  if (endedHere(walFd, position, header)) return "accepted";
  return isWindowHere && !vouched && mayVouch ? "wait" : "gap";
}

/** Proof from what is left of the old log: it never reached beyond our position. */
function endedHere(walFd: number, position: LogPosition, header: IndexHeader): boolean {
  // A restart raises the first salt by one, or draws both anew: then there may have been others in between.
  if (header.salt1 !== (position.salt1 + 1) >>> 0) return false;
  const end = frameOffset(position.frame + 1, header.pageSize);
  const size = disk.fstatSync(walFd).size;
  // The file ends exactly there: it was never longer, and the new log has not come so far.
  if (size === end) return header.frames < position.frame;
  if (size < end) return false;
  const next = readFrameHeader(walFd, position.frame + 1, header.pageSize);
  // The next frame is older than both logs: the old one never wrote there.
  return next !== null && !sameLog(position, next) && !sameLog(header, next) && (next.salt1 !== 0 || next.salt2 !== 0);
}
