import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { formatLsn } from "../../../lib/domain/cluster-bookmark.ts";
import type { ClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { IncarnationIndex } from "../../../lib/engines/postgres/history/incarnation-index.ts";
import { indexFiles } from "../../../lib/engines/postgres/history/index-files.ts";
import { IndexWriter } from "../../../lib/engines/postgres/history/index-writer.ts";
import { segmentName } from "../../../lib/engines/postgres/history/wal-files.ts";
import { ClusterLine } from "../../../lib/engines/postgres/moments/cluster-line.ts";
import { suspects } from "../../../lib/engines/postgres/moments/cluster-window.ts";

const SEGMENT_BYTES = 1024 * 1024;
const START_US = 1_700_000_000_000_000;

/** The end of a transaction as the log has it: `aheadUs` after the one before, which may be earlier. */
type End = { aheadUs: number; bytes: number; isCommit: boolean };
type Written = { lsn: number; timeUs: number; isCommit: boolean };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const end = fc.record({
  aheadUs: fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: -3000, max: 3000 })),
  bytes: fc.integer({ min: 64, max: 400_000 }),
  isCommit: fc.boolean(),
});
const log = fc.array(end, { minLength: 1, maxLength: 40 });

test("a time means the last commit before the first record that is later, however the times lie in the log", () => {
  fc.assert(
    fc.property(log, fc.integer({ min: -3, max: 80 }), (ends, offsetMs) => {
      const { index, written } = write(ends);
      const line = new ClusterLine(historyOf([{ startLsn: SEGMENT_BYTES, endLsn: null }]), () => index);
      const atMs = START_US / 1000 + offsetMs;
      expect(line.commit(line.ordinalAt(atMs))?.lsn ?? null).toBe(lastBefore(written, atMs));
    }),
    { numRuns: 80 },
  );
});

test("commits have numbers, and positions find them, over every cut of a log into stretches", () => {
  fc.assert(
    fc.property(log, fc.double({ min: 0, max: 1, noNaN: true }), (ends, share) => {
      const { index, written } = write(ends);
      const commits = written.filter(({ isCommit }) => isCommit);
      const cut = Math.floor(share * commits.length);
      const cutLsn = commits[cut]?.lsn ?? SEGMENT_BYTES * 1000;
      const line = new ClusterLine(
        historyOf([
          { startLsn: SEGMENT_BYTES, endLsn: cutLsn },
          { startLsn: cutLsn, endLsn: null },
        ]),
        () => index,
      );
      expect(line.last).toBe(commits.length);
      commits.forEach(({ lsn }, i) => {
        const activation = i < cut ? 1 : 2;
        expect(line.commitAt(activation, lsn)).toMatchObject({ ordinal: i + 1, lsn, activation });
        expect(line.commitAt(3 - activation, lsn)).toBeNull();
        expect(line.commit(i + 1)?.lsn).toBe(lsn);
      });
      const times = commits.map((_, i) => line.commit(i + 1)?.timeMs ?? 0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }),
    { numRuns: 50 },
  );
});

test("what a time means stays the same while the log grows, from when something later stands in it", () => {
  fc.assert(
    fc.property(log, log, (first, more) => {
      const { writer, index, written } = write(first);
      const history = historyOf([{ startLsn: SEGMENT_BYTES, endLsn: null }]);
      const before = new ClusterLine(history, () => index);
      const { settledThroughMs } = before;
      const asked = Array.from({ length: 20 }, (_, i) => START_US / 1000 - 2 + i * 4).filter(
        (atMs) => settledThroughMs !== null && atMs <= settledThroughMs,
      );
      const answers = asked.map((atMs) => before.ordinalAt(atMs));
      append(writer, written, more);
      index.refresh();
      const after = new ClusterLine(history, () => index);
      expect(asked.map((atMs) => after.ordinalAt(atMs))).toEqual(answers);
    }),
    { numRuns: 50 },
  );
});

test("a commit that ran before one of a later time belongs to the later one's moment, an abort ends a moment too", () => {
  const ms = 1000;
  const { index, written } = write([
    { aheadUs: 10 * ms, bytes: 64, isCommit: true },
    { aheadUs: 20 * ms, bytes: 64, isCommit: false },
    { aheadUs: -10 * ms, bytes: 64, isCommit: true },
    { aheadUs: 30 * ms, bytes: 64, isCommit: true },
  ]);
  const line = new ClusterLine(historyOf([{ startLsn: SEGMENT_BYTES, endLsn: null }]), () => index);
  const startMs = START_US / 1000;
  const at = (offsetMs: number) => line.commit(line.ordinalAt(startMs + offsetMs))?.lsn ?? null;
  const [first, , third, fourth] = written.map(({ lsn }) => lsn);
  // The third is of the 20th millisecond by its own word, and stands behind an abort of the 30th.
  expect([at(9), at(10), at(20), at(29), at(30), at(49), at(50)]).toEqual([
    null,
    first,
    first,
    first,
    third,
    third,
    fourth,
  ]);
});

test("a clock that went back between two stretches does not lead a time into the older one's future", () => {
  const { index, written } = write([
    { aheadUs: 50_000, bytes: 64, isCommit: true },
    { aheadUs: -40_000, bytes: 64, isCommit: true },
  ]);
  const cut = written[1]?.lsn ?? 0;
  const stretches = [
    { startLsn: SEGMENT_BYTES, endLsn: cut },
    { startLsn: cut, endLsn: null },
  ];
  const line = new ClusterLine(historyOf(stretches), () => index);
  expect(line.ordinalAt(START_US / 1000 + 20)).toBe(0);
  expect(line.ordinalAt(START_US / 1000 + 50)).toBe(2);
  expect(line.commit(2)?.timeMs).toBe(START_US / 1000 + 50);
});

/** The definition, record by record. */
function lastBefore(written: readonly Written[], atMs: number): number | null {
  let found: number | null = null;
  for (const { lsn, timeUs, isCommit } of written) {
    if (Math.floor(timeUs / 1000) > atMs) return found;
    if (isCommit) found = lsn;
  }
  return found;
}

test.each([
  { backUs: 10_000_000, found: [{ fromMs: START_US / 1000 - 9_000, toMs: START_US / 1000 + 1_000 }] },
  { backUs: 1000, found: [] },
])("a clock that is behind when another state begins to serve makes its first times suspect ($backUs us)", (jump) => {
  const ends = [{ aheadUs: 1_000_000, bytes: 100, isCommit: true }];
  const before = write(ends).index;
  const after = write([{ aheadUs: 1_000_000 - jump.backUs, bytes: 100, isCommit: true }]).index;
  const history = historyOf([
    { startLsn: SEGMENT_BYTES, endLsn: SEGMENT_BYTES + 200 },
    { startLsn: SEGMENT_BYTES, endLsn: null },
  ]);
  history.incarnations.push({ number: 2, parent: null, timeline: 2, slot: "s", createdAtMs: 0 });
  history.stretches = history.stretches.map((stretch, i) => ({ ...stretch, incarnation: i + 1 }));
  const line = new ClusterLine(history, (incarnation) => (incarnation === 1 ? before : after));
  expect(line.last).toBe(2);
  expect(suspects(line, { fromMs: 0, toMs: START_US })).toMatchObject(jump.found);
  expect(suspects(line, { fromMs: 0, toMs: START_US })).toHaveLength(jump.found.length);
});

function write(ends: readonly End[]): { writer: IndexWriter; index: IncarnationIndex; written: Written[] } {
  const folder = mkdtempSync(path.join(tmpdir(), "index-"));
  folders.push(folder);
  mkdirSync(folder, { recursive: true });
  const writer = new IndexWriter(indexFiles(folder), SEGMENT_BYTES);
  const written: Written[] = [];
  writer.begin(1, 1, SEGMENT_BYTES);
  append(writer, written, ends);
  const index = new IncarnationIndex(folder, SEGMENT_BYTES);
  index.refresh();
  return { writer, index, written };
}

function append(writer: IndexWriter, written: Written[], ends: readonly End[]): void {
  let lsn = written.at(-1)?.lsn ?? SEGMENT_BYTES;
  let timeUs = written.at(-1)?.timeUs ?? START_US;
  for (const { aheadUs, bytes, isCommit } of ends) {
    lsn += bytes;
    timeUs += aheadUs;
    const segment = Math.floor(lsn / SEGMENT_BYTES);
    if (writer.open?.segment !== segment) {
      const name = segmentName({ timeline: 1, segment: writer.open?.segment ?? 0 }, SEGMENT_BYTES);
      writer.finish(name, lsn, null, null);
      writer.begin(1, segment, lsn);
    }
    writer.add(lsn % SEGMENT_BYTES, timeUs, isCommit);
    written.push({ lsn, timeUs, isCommit });
  }
  writer.publish(lsn + 8);
}

function historyOf(stretches: { startLsn: number; endLsn: number | null }[]): ClusterHistory {
  const lsn = (value: number) => formatLsn(BigInt(value));
  return {
    version: 1,
    databaseId: "d",
    tag: "0123456789abcdef",
    systemIdentifier: "1",
    serverVersion: 15,
    segmentBytes: SEGMENT_BYTES,
    superuser: "lastgood",
    incarnations: [{ number: 1, parent: null, timeline: 1, slot: "s", createdAtMs: 0 }],
    stretches: stretches.map(({ startLsn, endLsn }, i) => ({
      activation: i + 1,
      incarnation: 1,
      timeline: 1,
      startedAtMs: 0,
      startLsn: lsn(startLsn),
      endedAtMs: endLsn === null ? null : 0,
      endLsn: endLsn === null ? null : lsn(endLsn),
      restoreId: null,
      origin: null,
    })),
    gaps: [],
  };
}
