import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bookmark } from "../../../domain/bookmark.ts";
import {
  formatClusterBookmark,
  formatLsn,
  parseLsn,
  requireClusterBookmark,
} from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import type { ClusterMoments } from "../moments/cluster-moments.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { runProgram } from "../programs/run-program.ts";

const COMMIT = /\blsn: ([0-9A-F]+\/[0-9A-F]+),.*desc: COMMIT /;

/**
 * The bookmark of a transaction of ours, looked up in the received log itself: which commit it is, only its number tells for sure.
 * @param xid PostgreSQL's whole one, 64 bits
 * @param fromLsn a position before it was committed
 * Throws `not_protected` where its commit has not been received.
 */
export async function findCommit(
  { context, moments }: { context: PostgresContext; moments: ClusterMoments },
  db: ProtectedDatabase,
  { xid, fromLsn }: { xid: string; fromLsn: string },
): Promise<Bookmark> {
  const { bookmark: newest } = await moments.current(db);
  const parts = requireClusterBookmark(newest);
  const { segmentBytes } = context.historyOf(db);
  const log = moments.wal(db, await moments.recovery(db, newest));
  const folder = mkdtempSync(path.join(tmpdir(), "lastgood-commit-"));
  try {
    const first = (parseLsn(fromLsn) ?? parts.lsn) / BigInt(segmentBytes);
    for (let segment = first; segment <= parts.lsn / BigInt(segmentBytes) + 1n; segment++) {
      const name = segmentName(parts.timeline, segment, segmentBytes);
      if (!(await log.fetch(name, path.join(folder, name)))) break;
    }
    // The log ends in the middle of a segment, which the program complains of after everything that is there.
    const { output } = await runProgram({
      programs: context.programsOf(db),
      name: "pg_waldump",
      args: [
        ...["-p", folder, "-t", String(parts.timeline), "-s", fromLsn],
        ...["--rmgr=Transaction", `--xid=${BigInt.asUintN(32, BigInt(xid))}`],
      ],
      okCodes: [0, 1],
    });
    const lsn = output
      .split("\n")
      .map((line) => COMMIT.exec(line)?.[1])
      .find((found) => found !== undefined);
    const position = lsn === undefined ? null : parseLsn(lsn);
    if (position === null) throw notReceived(formatLsn(parts.lsn));
    return formatClusterBookmark({ ...parts, lsn: position });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** https://www.postgresql.org/docs/current/wal-internals.html: timeline, then the number of the segment in two halves. */
export function segmentName(timeline: number, segment: bigint, segmentBytes: number): string {
  const perFile = 0x1_0000_0000n / BigInt(segmentBytes);
  const hex = (value: bigint) => value.toString(16).toUpperCase().padStart(8, "0");
  return hex(BigInt(timeline)) + hex(segment / perFile) + hex(segment % perFile);
}

function notReceived(upto: string): LastgoodError {
  return new LastgoodError("not_protected", `The commit is not in the received log, which ends at ${upto}.`, {
    hint: "Look at the protection of the database, and ask again.",
  });
}
