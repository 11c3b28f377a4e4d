import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { parseSegmentName } from "../history/wal-files.ts";
import { giveToClusterUser } from "./cluster-folder.ts";
import type { WalSource } from "./recovery-plan.ts";

const SEGMENT = /^[0-9A-F]{24}$/;
const TIMELINE_HISTORY = /^[0-9A-F]{8}\.history$/;
/** How many segments are made ready before the server asks for them. */
const AHEAD = 2;

export type LogOrder = {
  wal: WalSource;
  /** Where files are laid ready; `RESTORE_COMMAND` takes them from there. */
  folder: string;
  segmentBytes: number;
  /** The position that is recovered to. A server reads ahead of what it replays, so what begins later is hardly ever needed. */
  untilLsn: bigint;
  asks: Readable;
  answers: Writable;
  /** Called for each segment that the server has asked for. */
  served?: (name: string) => void;
};

/**
 * Answers what a recovering server asks for, segments ahead of its need, until the server ends. Resolves with the error that the log
 * could not be served for (recovery ends then as well), or null.
 */
export async function serveLog({
  wal,
  folder,
  segmentBytes,
  untilLsn,
  asks,
  answers,
  served,
}: LogOrder): Promise<unknown> {
  const fetching = new Map<string, Promise<boolean>>();
  const fetch = (name: string) => {
    const known = fetching.get(name);
    if (known) return known;
    const target = path.join(folder, name);
    const fetched = wal.fetch(name, target).then((isThere) => {
      if (isThere) giveToClusterUser(target);
      return isThere;
    });
    // It is answered for when the server asks; until then nobody listens.
    fetched.catch(() => undefined);
    fetching.set(name, fetched);
    return fetched;
  };
  const isBeyond = (name: string) =>
    (parseSegmentName(name, segmentBytes)?.segment ?? 0) > Number(untilLsn / BigInt(segmentBytes));
  let failure: unknown = null;
  for await (const name of createInterface({ input: asks })) {
    try {
      const isThere = SEGMENT.test(name) || TIMELINE_HISTORY.test(name) ? await fetch(name) : false;
      // The server takes it away; should it ask again, it is fetched again.
      fetching.delete(name);
      if (isThere && SEGMENT.test(name)) {
        served?.(name);
        for (let next = name, count = 0; count < AHEAD; count++) {
          next = segmentAfter(next, segmentBytes);
          fetch(next);
        }
      }
      answers.write(isThere ? "have\n" : "none\n");
    } catch (error) {
      failure ??= error;
      // Should the record itself reach into it, recovery ends before its target, and the failure is told all the same.
      answers.write(isBeyond(name) ? "none\n" : "broken\n");
    }
  }
  await Promise.allSettled(fetching.values());
  return failure;
}

/** The segment that follows on the same timeline. https://www.postgresql.org/docs/current/wal-internals.html */
export function segmentAfter(name: string, segmentBytes: number): string {
  const perHigh = 0x1_0000_0000 / segmentBytes;
  const high = Number.parseInt(name.slice(8, 16), 16);
  const low = Number.parseInt(name.slice(16), 16);
  const [nextHigh, nextLow] = low + 1 < perHigh ? [high, low + 1] : [high + 1, 0];
  return (
    name.slice(0, 8) + [nextHigh, nextLow].map((part) => part.toString(16).toUpperCase().padStart(8, "0")).join("")
  );
}
