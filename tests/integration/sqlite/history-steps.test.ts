import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { applyDelta } from "../../../lib/engines/sqlite/history/page-delta.ts";
import type { CommitInfo } from "../../../lib/engines/sqlite/history/records.ts";
import { SealedSegment } from "../../../lib/engines/sqlite/history/sealed-segment.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { MadeHistory } from "../../world/made-history.ts";

const PAGE = 512;
const histories: { made: MadeHistory; view: History }[] = [];
afterEach(() => {
  for (const { made, view } of histories.splice(0)) {
    view.close();
    rmSync(made.directory, { recursive: true, force: true });
  }
});

function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Times = { gapMs?: number; rawOffsetMs?: number };

/** Some hot words changed over and over, and now and then: anywhere, another size, every page (as VACUUM does), or nothing. */
function next(state: Buffer, random: (below: number) => number): Buffer {
  const kind = random(400);
  const pages = state.length / PAGE;
  const size = kind === 0 ? 2 + random(60) : kind === 1 ? pages + 1 + random(8) : pages;
  const after = Buffer.alloc(size * PAGE);
  state.copy(after);
  if (kind === 2) for (let at = 0; at < after.length; at += 4 * (1 + random(9))) after.writeInt32LE(random(1e9), at);
  else if (kind < 8) after.writeInt32LE(random(1e9), random(after.length / 4) * 4);
  else if (kind < 20) after.writeUInt32BE(after.readUInt32BE(40) + 1, 40);
  else if (kind === 21) after.fill(0, (size - 1) * PAGE);
  else if (kind > 40) {
    const page = random(2);
    for (let i = 0; i <= random(4); i++) after.writeInt32LE(random(1e9), page * PAGE + 80 + 16 * random(4));
  }
  return after;
}

async function make(seed: number, sealCommits: number, commits: number): Promise<{ made: MadeHistory; view: History }> {
  const made = new MadeHistory({ bytes: 1e9, commits: sealCommits }, seed);
  const random = randomSource(seed);
  for (let i = 0; i < commits; i++) {
    const times: Times = {};
    if (random(50) === 0) times.gapMs = 1 + random(40);
    if (random(30) === 0) times.rawOffsetMs = random(400) - 200;
    made.change(next(made.state(), random), times);
    if (i % 20 === 0) await made.writer.flush();
  }
  await made.writer.flush();
  made.writeMirror(made.state());
  await made.writer.close();
  const view = openHistory(made.directory);
  histories.push({ made, view });
  return { made, view };
}

/** Walks from one state to another by steps; each page met must be what its step says, before and behind it. */
function walkBySteps(view: History, made: MadeHistory, from: number, to: number): Buffer {
  const order = from <= to ? "ascending" : "descending";
  const start = made.states[from] ?? Buffer.alloc(0);
  const target = made.states[to] ?? Buffer.alloc(0);
  const pages = new Map<number, Buffer>();
  for (const step of view.steps(Math.min(from, to) + 1, Math.max(from, to), order)) {
    for (const { page, delta } of step.pages) {
      const content = pages.get(page) ?? pageOf(start, page);
      applyDelta(content, delta);
      pages.set(page, content);
    }
  }
  const result = Buffer.alloc(target.length);
  for (let page = 1; page <= target.length / PAGE; page++) {
    (pages.get(page) ?? pageOf(start, page)).copy(result, (page - 1) * PAGE);
  }
  return result;
}

function pageOf(state: Buffer, page: number): Buffer {
  const content = Buffer.alloc(PAGE);
  if (page * PAGE <= state.length) state.copy(content, 0, (page - 1) * PAGE, page * PAGE);
  return content;
}

const combinedOf = (view: History) =>
  view.allSegments().filter((segment) => segment instanceof SealedSegment && segment.isCombined);

describe("stepping over sealed segments", () => {
  test.each([11, 12, 13])("any two states are joined by steps as by records, both ways (seed %i)", async (seed) => {
    const random = randomSource(seed * 7);
    const { made, view } = await make(seed, 100 + random(100), 900);
    expect(combinedOf(view).length, "segments stored as one step").toBeGreaterThan(1);
    const last = made.states.length - 1;
    const pairs = [[1, last], [last, 1], ...Array.from({ length: 40 }, () => [1 + random(last), 1 + random(last)])];
    for (const [from = 1, to = 1] of pairs) {
      const reached = walkBySteps(view, made, from, to);
      expect(reached.equals(made.states[to] ?? Buffer.alloc(0)), `${from} to ${to}`).toBe(true);
    }
    const whole = [...view.steps(2, last, "ascending")];
    expect(whole.length).toBeLessThan([...view.recordParts(2, last, "ascending")].length * 0.8);
    expect(view.stepBytes(2, last)).toBeLessThan(view.allSegments().reduce((sum, { rawBytes }) => sum + rawBytes, 0));
  });

  test("a page's composed step names its checksums at both ends and every schema cookie between", async () => {
    const { made, view } = await make(21, 100, 600);
    let cookies = 0;
    for (const step of view.steps(1, made.states.length - 1, "ascending")) {
      const [before, after] = [made.states[step.fromTxid - 1], made.states[step.toTxid]];
      if (!before || !after || step.fromTxid === step.toTxid) continue;
      expect(step.sizeBefore).toBe(before.length / PAGE);
      expect(step.sizeAfter).toBe(after.length / PAGE);
      const first = step.pages[0];
      if (first?.page !== 1) continue;
      const seen = step.cookieXors.map((xor) => (before.readUInt32BE(40) ^ xor) >>> 0);
      for (let txid = step.fromTxid; txid <= step.toTxid; txid++) {
        const state = made.states[txid];
        if (!state || state.readUInt32BE(40) === before.readUInt32BE(40)) continue;
        expect(seen).toContain(state.readUInt32BE(40));
        cookies++;
      }
    }
    expect(cookies).toBeGreaterThan(20);
  });

  test("the pages touched in a range are those of its records", async () => {
    const { made, view } = await make(31, 90, 500);
    const random = randomSource(5);
    const last = made.states.length - 1;
    const ranges = Array.from({ length: 60 }, () => [1 + random(last), 1 + random(last)].sort((a, b) => a - b));
    for (const [from = 1, to = last] of [...ranges, [1, last], [last - 3, last]]) {
      const wanted = new Set<number>();
      for (const { pages } of view.records(from, to, "ascending")) for (const { page } of pages) wanted.add(page);
      const touched = view.pagesTouched(from, to);
      expect([...touched]).toEqual([...wanted].sort((a, b) => a - b));
      expect(touched.size).toBe(wanted.size);
    }
  });

  test("a sealed segment's page table says where each page began and ended", async () => {
    const { made, view } = await make(41, 80, 300);
    for (const segment of view.allSegments()) {
      if (!(segment instanceof SealedSegment)) continue;
      const { firstTxid } = segment.header;
      const wanted = new Map<number, number[]>();
      for (const { txid, pages } of view.records(firstTxid, firstTxid + segment.commits - 1, "ascending")) {
        for (const { page, crcBefore, crcAfter } of pages) {
          const [first = txid, before = crcBefore] = wanted.get(page) ?? [];
          wanted.set(page, [first, before, txid, crcAfter]);
        }
      }
      const rows = [...(segment.touched() ?? [])];
      expect(rows.map(({ page }) => page)).toEqual([...wanted.keys()].sort((a, b) => a - b));
      for (const row of rows) {
        expect([row.firstTxid, row.crcBefore, row.lastTxid, row.crcAfter]).toEqual(wanted.get(row.page));
      }
    }
    expect(made.states.length).toBe(302);
  });

  test("a commit written in parts is read in parts, open and sealed, and steps hold one part at a time", async () => {
    const made = new MadeHistory({ bytes: 1e9, commits: 4 }, 3);
    const view = openHistory(made.directory);
    histories.push({ made, view });
    await made.commit(1);
    const before = made.state();
    const after = Buffer.alloc(200 * PAGE);
    for (let at = 0; at < after.length; at += 4) after.writeInt32LE(at * 7 + 1, at);
    await made.changeInParts(after, 30);
    for (const commits of [0, 3]) {
      await made.commit(commits);
      await made.writer.sealed();
      view.refresh();
      expect(view.allSegments()[0] instanceof SealedSegment).toBe(commits > 0);
      for (const order of ["ascending", "descending"] as const) {
        const parts = [...view.recordParts(3, 3, order)];
        expect(parts.length).toBeGreaterThan(5);
        expect(Math.max(...parts.map(({ pages }) => pages.length))).toBeLessThanOrEqual(30);
        expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, i) => i === parts.length - 1));
        expect(parts.flatMap(({ pages }) => pages.map(({ page }) => page))).toEqual(
          Array.from({ length: 200 }, (_, i) => i + 1),
        );
      }
      expect([...view.records(3, 3, "ascending")][0]?.pages.length).toBe(200);
      expect(walkBySteps(view, made, 2, 3).equals(after)).toBe(true);
      expect(walkBySteps(view, made, 3, 2).equals(before)).toBe(true);
    }
    await made.writer.close();
  });

  test("an abandoned commit's pages are in no sealed segment", async () => {
    const made = new MadeHistory({ bytes: 1e9, commits: 8 }, 3);
    await made.commit(3);
    made.writer.beginLongCommit();
    made.writer.addPage(9, 1, 2, new Int32Array(PAGE / 4), 0, new Int32Array(PAGE / 4).fill(3), 0);
    made.writer.flushPart();
    await made.writer.close();
    const again = made.reopen({ bytes: 1e9, commits: 8 });
    await made.commit(12);
    await again.close();
    const view = openHistory(made.directory);
    histories.push({ made, view });
    expect(view.allSegments()[0]).toBeInstanceOf(SealedSegment);
    const last = made.states.length - 1;
    expect(walkBySteps(view, made, 1, last).equals(made.states[last] ?? Buffer.alloc(0))).toBe(true);
    expect(verifyHistory(made.directory).commits).toBe(last);
  });
});

describe("look-ups", () => {
  test("what chunked tables answer equals a naive scan", async () => {
    const { made, view } = await make(51, 300, 1500);
    const infos = [...view.infos(1, made.states.length)];
    expect(infos.map(({ txid }) => txid)).toEqual(Array.from({ length: made.states.length - 1 }, (_, i) => i + 1));
    const random = randomSource(9);
    const end = view.newest().timeMs + 50;
    for (let i = 0; i < 400; i++) {
      const timeMs = 900 + random(end - 900);
      expect(view.atOrBefore(timeMs)).toEqual(infos.findLast((info) => info.timeMs <= timeMs) ?? null);
      const txid = random(made.states.length + 5);
      expect(view.byTxid(txid)).toEqual(infos[txid - 1] ?? null);
    }
    for (let i = 0; i < 40; i++) {
      const fromMs = 900 + random(end);
      const toMs = fromMs + 1 + random(2 * end - fromMs);
      const buckets = 1 + random(60);
      expect(view.density(fromMs, toMs, buckets)).toEqual(naiveDensity(infos, fromMs, toMs, buckets));
    }
    const healed = infos.filter(({ flags }) => flags & 2);
    expect(healed.length).toBeGreaterThan(10);
    expect(view.gaps()).toEqual(
      healed.map(({ txid, timeMs, gapFromMs }) => ({ txid, fromMs: gapFromMs, toMs: timeMs })),
    );
    for (const { rawTimeMs, flags } of infos) {
      if ((flags & 4) === 0) continue;
      expect(view.suspects().some(({ fromMs, toMs }) => fromMs <= rawTimeMs && rawTimeMs <= toMs)).toBe(true);
    }
  });

  test("every flipped bit and every cut of a segment with composed steps is found", async () => {
    const { made, view } = await make(61, 200, 250);
    const file = combinedOf(view)[0]?.file ?? "";
    const intact = readFileSync(file);
    const random = randomSource(77);
    const undetected: number[] = [];
    for (let i = 0; i < 400; i++) {
      const damaged = Buffer.from(intact);
      const at = random(intact.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
      writeFileSync(file, i % 4 === 0 ? intact.subarray(0, at) : damaged);
      try {
        verifyHistory(made.directory);
        undetected.push(at);
      } catch (error) {
        expect(error).toMatchObject({ code: "history_damaged" });
      }
    }
    writeFileSync(file, intact);
    expect(undetected).toEqual([]);
    expect(readdirSync(made.directory)).toContain(path.basename(file));
    verifyHistory(made.directory);
  });
});

function naiveDensity(infos: readonly CommitInfo[], fromMs: number, toMs: number, buckets: number) {
  const bars = Array.from({ length: buckets }, () => ({ commits: 0, pages: 0 }));
  for (const { timeMs, pageCount } of infos) {
    const bar = bars[Math.min(buckets - 1, Math.floor((timeMs - fromMs) / ((toMs - fromMs) / buckets)))];
    if (timeMs < fromMs || timeMs >= toMs || !bar) continue;
    bar.commits++;
    bar.pages += pageCount;
  }
  return bars;
}
