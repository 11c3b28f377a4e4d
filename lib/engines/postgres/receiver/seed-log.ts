import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { ReceivedLog } from "../history/received-log.ts";
import { WalReader } from "../history/wal-reader.ts";
import { segmentName } from "./control-data.ts";

const HISTORY = /^[0-9A-F]{8}\.history$/;

/**
 * Puts what a new incarnation's log begins with, and its slot comes too late for, where its log is received: the whole segments from
 * the one that the timeline forks in up to, not with, the one that the server goes on in. Without the fork's own segment a recovery
 * would follow the old branch and say nothing.
 * @param directory a stopped data directory
 */
export function seedLog(
  directory: string,
  wal: string,
  {
    timeline,
    segmentBytes,
    forkLsn,
    startLsn,
  }: { timeline: number; segmentBytes: number; forkLsn: string; startLsn: string },
): void {
  const from = path.join(directory, "pg_wal");
  mkdirSync(wal, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(from)) if (HISTORY.test(name)) copyWhole(from, wal, name);
  const size = BigInt(segmentBytes);
  const [fork, start] = [requireLsn(forkLsn) / size, requireLsn(startLsn) / size];
  for (let number = fork; number < start; number++) {
    const name = segmentName(timeline, number * size, segmentBytes);
    if (existsSync(path.join(from, name))) {
      copyWhole(from, wal, name);
      continue;
    }
    throw new LastgoodError("restore_failed", `The restored state has lost ${name} of its own log.`, {
      hint: "Nothing was changed; restore again.",
      outcome: "nothing",
    });
  }
  requireWhole(wal, segmentBytes, fork, start);
  // The segment that it goes on in is streamed from its beginning.
  const last = segmentName(timeline, start * size, segmentBytes);
  if (existsSync(path.join(from, last))) return;
  throw new LastgoodError("restore_failed", `The restored state lacks ${last}, which it has to go on in.`, {
    hint: "Nothing was changed; restore again.",
    outcome: "nothing",
  });
}

/** Every record of them is what was written, and follows the one before it: nobody could replay beyond one that is not. */
function requireWhole(wal: string, segmentBytes: number, fork: bigint, start: bigint): void {
  if (fork >= start) return;
  const log = new ReceivedLog(wal, segmentBytes);
  try {
    const reader = new WalReader(log, segmentBytes, { lsn: Number(fork) * segmentBytes, previous: null });
    for (;;) {
      const next = reader.next();
      if (!("stop" in next)) continue;
      if (next.stop === "end" && next.pageLsn >= Number(start) * segmentBytes) return;
      throw new LastgoodError("restore_failed", `The restored state's own log is damaged: ${next.why}.`, {
        hint: "Nothing was changed; restore again, and look for the disk in the machine's own log.",
        outcome: "nothing",
      });
    }
  } finally {
    log.close();
  }
}

function copyWhole(from: string, to: string, name: string): void {
  writeFileDurably(path.join(to, name), readFileSync(path.join(from, name)));
}

function requireLsn(text: string): bigint {
  const lsn = parseLsn(text);
  if (lsn !== null) return lsn;
  throw new LastgoodError("internal", "A position in the log is not one.");
}
