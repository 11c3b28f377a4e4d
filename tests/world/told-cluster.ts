import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { formatLsn } from "../../lib/domain/cluster-bookmark.ts";
import { type ClusterHistory, incarnationFolders } from "../../lib/engines/postgres/history/cluster-history.ts";
import { indexFiles } from "../../lib/engines/postgres/history/index-files.ts";
import { IndexWriter } from "../../lib/engines/postgres/history/index-writer.ts";
import { segmentName } from "../../lib/engines/postgres/history/wal-files.ts";
import { chooseBase } from "../../lib/engines/postgres/moments/choose-base.ts";
import type { ClusterCommit } from "../../lib/engines/postgres/moments/cluster-line.ts";
import { runsOf } from "../../lib/engines/postgres/moments/cluster-window.ts";
import type { OpenedHistory } from "../../lib/engines/postgres/moments/opened-histories.ts";

export const SEGMENT_BYTES = 1024 * 1024;
export const START_MS = 1_700_000_000_000;
const STEP = 1000;

const folders: string[] = [];

/** Removes all that was told. */
export function forgetTold(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/**
 * What a history is told from: a cluster with up to three stretches: the second goes back into the first's log, the third into the second's. Positions are in
 * steps of 1000 bytes times 100; each stretch's commits come one a second.
 */
export const story = fc.record({
  commits: fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 1, maxLength: 3 }),
  goBack: fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { minLength: 2, maxLength: 2 }),
  bases: fc.array(fc.record({ stretch: fc.nat(2), at: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 6 }),
  keep: fc.double({ min: -0.1, max: 1.1, noNaN: true }),
  again: fc.double({ min: 0, max: 1, noNaN: true }),
});

export type State = ClusterCommit & { target: string };

/** Every commit that can be restored, with how. */
export function statesOf({ line, branchOf }: OpenedHistory): State[] {
  return runsOf({ line, branchOf }).flatMap(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const commit = line.commit(from + i);
      const piece = line.pieces.find(({ stretch }) => stretch.activation === commit?.activation);
      const chosen = commit && piece ? chooseBase(branchOf(commit.incarnation), piece, commit) : null;
      expect(chosen).not.toBeNull();
      return { ...(commit as ClusterCommit), target: `${chosen?.target} ${chosen?.base.base.label}` };
    }),
  );
}

/** Writes the history of a cluster as the receiver does, with empty archived segments. */
export function tell({
  commits,
  goBack,
  bases,
}: {
  commits: number[];
  goBack: number[];
  bases: { stretch: number; at: number }[];
}) {
  const directory = mkdtempSync(path.join(tmpdir(), "cluster-"));
  folders.push(directory);
  const history: ClusterHistory = {
    version: 1,
    databaseId: "d",
    tag: "0123456789abcdef",
    systemIdentifier: "1",
    serverVersion: 15,
    segmentBytes: SEGMENT_BYTES,
    superuser: "lastgood",
    incarnations: [],
    stretches: [],
    gaps: [],
  };
  const apart = 300 * STEP;
  let [second, lsn] = [0, SEGMENT_BYTES];
  commits.forEach((count, i) => {
    const number = i + 1;
    const parent = history.incarnations.at(-1);
    const parentStart = i === 0 ? 0 : startOf(history, i);
    if (i > 0) lsn = parentStart + Math.floor((goBack[i - 1] ?? 0.5) * (lsn - parentStart));
    const startLsn = lsn;
    const uptoLsn = formatLsn(BigInt(lsn));
    history.incarnations.push({
      number,
      parent: parent ? { incarnation: parent.number, uptoLsn } : null,
      timeline: number,
      slot: "s",
      createdAtMs: 0,
    });
    const endLsn = startLsn + (count + 1) * apart;
    history.stretches.push({
      activation: number,
      incarnation: number,
      timeline: number,
      startedAtMs: 0,
      startLsn: uptoLsn,
      endedAtMs: i === commits.length - 1 ? null : 0,
      endLsn: i === commits.length - 1 ? null : formatLsn(BigInt(endLsn)),
      restoreId: null,
      origin: null,
    });
    writeLog(directory, number, startLsn, count, apart, second);
    for (const { at } of bases.filter(({ stretch }) => stretch === i)) {
      const startedAtMs = START_MS + Math.floor((second + at * count) * 1000);
      writeBase(directory, number, startLsn + Math.floor(at * count * apart) + STEP, startedAtMs);
    }
    second += count;
    lsn = endLsn;
  });
  return { directory, history, seconds: second };
}

const startOf = ({ stretches }: ClusterHistory, i: number) =>
  Number.parseInt(stretches[i - 1]?.startLsn.split("/")[1] ?? "0", 16);

function writeLog(directory: string, number: number, startLsn: number, count: number, apart: number, second: number) {
  const folder = incarnationFolders(directory, number);
  for (const one of [folder.index, folder.archive, folder.bases, folder.wal]) mkdirSync(one, { recursive: true });
  const writer = new IndexWriter(indexFiles(folder.index), SEGMENT_BYTES);
  const first = Math.floor(startLsn / SEGMENT_BYTES);
  writer.begin(number, first, first * SEGMENT_BYTES);
  const archive = (segment: number) => {
    const name = segmentName({ timeline: number, segment }, SEGMENT_BYTES);
    writeFileSync(path.join(folder.archive, `${name}.zst`), "");
    return name;
  };
  for (let i = 0; i < count; i++) {
    const lsn = startLsn + (i + 1) * apart;
    for (let open = writer.open?.segment ?? 0; open < Math.floor(lsn / SEGMENT_BYTES); open++) {
      writer.finish(archive(open), (open + 1) * SEGMENT_BYTES, null, null);
      writer.begin(number, open + 1, (open + 1) * SEGMENT_BYTES);
    }
    writer.add(lsn % SEGMENT_BYTES, (START_MS + (second + i) * 1000) * 1000, true);
  }
  writer.publish(startLsn + (count + 1) * apart);
  writer.close();
}

function writeBase(directory: string, incarnation: number, startLsn: number, startedAtMs: number): void {
  const stopLsn = formatLsn(BigInt(startLsn + STEP));
  const folder = path.join(
    incarnationFolders(directory, incarnation).bases,
    stopLsn.replace("/", "-").padStart(20, "0"),
  );
  mkdirSync(folder, { recursive: true });
  const record = {
    version: 1,
    label: `${incarnation} ${stopLsn}`,
    incarnation,
    timeline: incarnation,
    startLsn: formatLsn(BigInt(startLsn)),
    stopLsn,
    startedAtMs,
    stoppedAtMs: startLsn,
    serverVersion: 15,
    files: [],
    clusterBytes: 0,
  };
  writeFileSync(path.join(folder, "base.json"), JSON.stringify(record));
}
