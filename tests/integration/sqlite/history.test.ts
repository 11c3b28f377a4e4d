import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { createHistory } from "../../../lib/engines/sqlite/history/create-history.ts";
import { baseChecksumsName, baseName } from "../../../lib/engines/sqlite/history/format.ts";
import { HistoryWriter, type SealAt } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { writePageChecksums } from "../../../lib/engines/sqlite/history/page-checksums.ts";
import { COMMIT_FLAGS } from "../../../lib/engines/sqlite/history/records.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { computeForwards } from "../../world/compute-state.ts";
import { MadeHistory } from "../../world/made-history.ts";

const PAGE = 512;
const HISTORY_ID = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** Random, but the same in every run. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A history that is fed with made-up pages, and the states it should be able to give back. */
class Fixture {
  readonly directory = mkdtempSync(path.join(tmpdir(), "history-"));
  readonly random = randomSource(7);
  readonly states: Buffer[] = [];
  readonly sealAt: SealAt;
  writer: HistoryWriter;
  state: Buffer;

  constructor(sealAt: SealAt = { bytes: 1e9, commits: 1e9 }) {
    this.sealAt = sealAt;
    this.state = Buffer.alloc(8 * PAGE, "base image ");
    writeFileSync(path.join(this.directory, baseName(1)), this.state);
    writeFileSync(path.join(this.directory, "mirror.db"), this.state);
    const table = Uint32Array.from({ length: 8 }, (_, i) => crc32(this.state.subarray(i * PAGE, (i + 1) * PAGE)));
    const file = path.join(this.directory, baseChecksumsName(1));
    writePageChecksums(file, { historyId: HISTORY_ID, txid: 1, pageSize: PAGE, table });
    const position = { salt1: 1, salt2: 2, frame: 3, sum1: 4, sum2: 5 };
    const first = { timeMs: 1_000, sizePages: 8, position, imageCrc: 1 };
    createHistory(this.directory, HISTORY_ID, PAGE, first);
    this.writer = HistoryWriter.open(this.directory, sealAt);
    this.states[1] = Buffer.from(this.state);
  }

  /** One commit that changes a few pages and sometimes the size. */
  commit(flags = 0): void {
    const before = this.state;
    const sizeBefore = before.length / PAGE;
    const size = this.random(4) === 0 ? 4 + this.random(12) : sizeBefore;
    const after = Buffer.alloc(size * PAGE);
    before.copy(after, 0, 0, Math.min(before.length, after.length));
    for (let i = 0; i < 1 + this.random(4); i++) {
      const at = this.random(size) * PAGE + this.random(PAGE - 8);
      after.writeUInt32LE(this.random(2 ** 32 - 1), at);
    }
    this.writer.beginCommit();
    for (let page = 1; page <= Math.max(size, sizeBefore); page++) {
      const [old, fresh] = [pageOf(before, page), pageOf(after, page)];
      if (old.equals(fresh)) continue;
      this.writer.addPage(page, crc32(old), crc32(fresh), wordsOf(old), 0, wordsOf(fresh), 0);
    }
    const timeMs = this.writer.newest.timeMs + 10;
    const position = { salt1: 1, salt2: 2, frame: timeMs, sum1: 4, sum2: 5 };
    this.writer.endCommit({
      timeMs,
      rawTimeMs: timeMs,
      flags,
      gapFromMs: flags ? timeMs - 5 : null,
      sizeAfter: size,
      position,
    });
    this.state = after;
    this.states[this.writer.newest.txid] = Buffer.from(after);
  }

  async commits(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.commit();
      if (i % 3 === 2) await this.writer.flush();
    }
    await this.writer.flush();
  }

  view(): History {
    const view = openHistory(this.directory);
    opened.push(view);
    return view;
  }

  async reopen(): Promise<void> {
    await this.writer.close();
    this.writer = HistoryWriter.open(this.directory, this.sealAt);
  }

  file(ending: string): string {
    const name = readdirSync(this.directory).find((each) => each.endsWith(ending));
    if (!name) throw new Error(`no ${ending} in ${this.directory}`);
    return path.join(this.directory, name);
  }
}

function pageOf(state: Buffer, page: number): Buffer {
  const found = state.subarray((page - 1) * PAGE, page * PAGE);
  return found.length === PAGE ? found : Buffer.alloc(PAGE);
}

function wordsOf(page: Buffer): Int32Array {
  return new Int32Array(Uint8Array.from(page).buffer);
}

describe("what was written", () => {
  test("every commit is computed exactly, over growth and shrink, open and sealed", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 50 });
    await fixture.commits(230);
    await fixture.reopen();
    const view = fixture.view();
    const names = readdirSync(fixture.directory);
    expect(names.filter((name) => name.endsWith(".sealed")).length).toBeGreaterThanOrEqual(4);
    for (let txid = 1; txid <= 231; txid += 23) {
      expect(computeForwards(view, txid).equals(fixture.states[txid] ?? Buffer.alloc(0)), `commit ${txid}`).toBe(true);
    }
    const back = [...view.records(1, 231, "descending")].map(({ txid }) => txid);
    expect(back).toEqual(Array.from({ length: 231 }, (_, i) => 231 - i));
    expect(verifyHistory(fixture.directory).commits).toBe(231);
    await fixture.writer.close();
  });

  test("a view follows the writer over blocks, new segments and sealing", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 20 });
    const view = fixture.view();
    for (let round = 0; round < 12; round++) {
      await fixture.commits(7);
      view.refresh();
      expect(view.newest().txid).toBe(fixture.writer.newest.txid);
      const state = computeForwards(view, view.newest().txid);
      expect(state.equals(fixture.state)).toBe(true);
    }
    await fixture.writer.close();
  });

  test("times, gaps, suspects and density come from the tables alone", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 40 });
    await fixture.commits(100);
    fixture.commit(COMMIT_FLAGS.healed);
    await fixture.writer.flush();
    await fixture.reopen();
    const view = fixture.view();
    expect(view.atOrBefore(999)).toBeNull();
    expect(view.atOrBefore(1_000)?.txid).toBe(1);
    expect(view.atOrBefore(1_519)?.txid).toBe(52);
    expect(view.atOrBefore(1_520)?.txid).toBe(53);
    expect(view.byTxid(102)?.gapFromMs).toBe(2_005);
    expect(view.gaps()).toEqual([{ fromMs: 2_005, toMs: 2_010, txid: 102 }]);
    expect(view.suspects()).toEqual([]);
    const bars = view.density(1_000, 2_000, 10);
    expect(bars.map(({ commits }) => commits)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    await fixture.writer.close();
  });

  test("a bookmark names history, number and record", async () => {
    const fixture = new Fixture();
    await fixture.commits(2);
    const view = fixture.view();
    const bookmarks = [...view.infos(1, 3)].map((info) => view.bookmarkOf(info));
    expect(new Set(bookmarks).size).toBe(3);
    expect([...bookmarks].sort()).toEqual(bookmarks);
    for (const bookmark of bookmarks) expect(bookmark.slice(27, 43)).toBe(view.historyTag);
    await fixture.writer.close();
  });

  test("window, watermark, position and notes outlive sealing and a new start", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 10 });
    const window = {
      position: { salt1: 9, salt2: 8, frame: 7, sum1: -6, sum2: 5 },
      keeper: "keeper ä",
      confirmed: false,
    };
    fixture.writer.addNote({ kind: "restore", restoreId: "r1" });
    await fixture.commits(25);
    fixture.writer.addWindow(window);
    fixture.writer.addWatermark(77_000);
    await fixture.writer.flush();
    await fixture.reopen();
    expect(fixture.writer.window).toEqual(window);
    expect(fixture.writer.position).toEqual(window.position);
    expect(fixture.writer.watermarkMs).toBe(77_000);
    const view = fixture.view();
    expect(view.watermarkMs()).toBe(77_000);
    expect([...view.notes()]).toEqual([{ txid: 1, note: { kind: "restore", restoreId: "r1" } }]);
    await fixture.writer.close();
  });

  test("a commit of any size is written in parts, and one that was never completed is as if it had not been", async () => {
    const fixture = new Fixture();
    await fixture.commits(2);
    fixture.writer.beginLongCommit();
    fixture.writer.addPage(1, 1, 2, new Int32Array(PAGE / 4), 0, new Int32Array(PAGE / 4).fill(3), 0);
    fixture.writer.flushPart();
    await fixture.reopen();
    await fixture.commits(2);
    const view = fixture.view();
    expect(computeForwards(view, 5).equals(fixture.state)).toBe(true);

    fixture.writer.beginLongCommit();
    const after = Buffer.from(fixture.state).fill(5);
    for (let page = 1; page <= after.length / PAGE; page++) {
      const [old, fresh] = [pageOf(fixture.state, page), pageOf(after, page)];
      fixture.writer.addPage(page, crc32(old), crc32(fresh), wordsOf(old), 0, wordsOf(fresh), 0);
      fixture.writer.flushPart();
    }
    view.refresh();
    expect(view.newest().txid).toBe(5);
    const { position, timeMs } = view.newest();
    fixture.writer.endLongCommit({
      timeMs,
      rawTimeMs: timeMs,
      flags: 0,
      gapFromMs: null,
      sizeAfter: after.length / PAGE,
      position,
    });
    await fixture.writer.flush();
    view.refresh();
    expect(view.newest()).toMatchObject({ txid: 6, pageCount: after.length / PAGE });
    expect(computeForwards(view, 6).equals(after)).toBe(true);
    await fixture.writer.close();
  });
});

test("a flush leaves nothing gathered, so that a long commit may begin right behind a seal", async () => {
  const made = new MadeHistory({ bytes: 1e9, commits: 3 });
  opened.push({ close: () => made.writer.close() });
  for (let i = 0; i < 12; i++) {
    await made.commit(2);
    expect(made.writer.hasGathered).toBe(false);
    made.writer.beginLongCommit();
    made.writer.cancelLongCommit();
  }
  expect(readdirSync(made.directory).filter((name) => name.startsWith("segment-")).length).toBeGreaterThan(2);
});

describe("what a crash leaves", () => {
  test("a torn last block is cut off, wherever it is torn", async () => {
    const fixture = new Fixture();
    await fixture.commits(3);
    const file = fixture.file(".open");
    const whole = readFileSync(file).length;
    await fixture.commits(3);
    await fixture.writer.close();
    const torn = readFileSync(file);
    for (let length = whole; length < torn.length; length += 7) {
      writeFileSync(file, torn.subarray(0, length));
      const view = openHistory(fixture.directory);
      expect(view.newest().txid, `cut at ${length}`).toBe(4);
      view.close();
    }
    const writer = HistoryWriter.open(fixture.directory);
    expect(writer.newest.txid).toBe(4);
    expect(readFileSync(file).length).toBe(whole);
    await writer.close();
  });

  test("sectors that never reached the disk are a torn block", async () => {
    const fixture = new Fixture();
    await fixture.commits(3);
    const file = fixture.file(".open");
    const whole = readFileSync(file).length;
    for (let i = 0; i < 30; i++) fixture.commit();
    await fixture.writer.flush();
    await fixture.writer.close();
    const torn = readFileSync(file);
    const sector = Math.ceil((whole + 200) / 512) * 512;
    writeFileSync(file, Buffer.from(torn).fill(0, sector, sector + 512));
    const writer = HistoryWriter.open(fixture.directory);
    expect(writer.newest.txid).toBe(4);
    await writer.close();
  });

  test("an open and a sealed segment of the same commits count once", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 20 });
    await fixture.commits(18);
    const open = fixture.file(".open");
    const kept = path.join(fixture.directory, "kept");
    await fixture.commits(3);
    const beforeSeal = readFileSync(open, { flag: "r" });
    writeFileSync(kept, beforeSeal);
    await fixture.commits(3);
    await fixture.writer.close();
    expect(readdirSync(fixture.directory)).not.toContain(path.basename(open));
    copyFileSync(kept, open);
    const view = fixture.view();
    expect(view.newest().txid).toBe(25);
    expect([...view.infos(1, 25)].length).toBe(25);
    const writer = HistoryWriter.open(fixture.directory, fixture.sealAt);
    expect(readdirSync(fixture.directory)).not.toContain(path.basename(open));
    await writer.close();
  });
});

describe("damage", () => {
  test("every flipped bit of open, sealed and base files is found", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 20 });
    await fixture.commits(50);
    await fixture.writer.close();
    const undetected: string[] = [];
    let tried = 0;
    for (const name of readdirSync(fixture.directory)) {
      if (name.startsWith("mirror")) continue;
      const file = path.join(fixture.directory, name);
      const intact = readFileSync(file);
      const step = Math.max(1, Math.floor(intact.length / 150));
      for (let at = fixture.random(step); at < intact.length; at += step) {
        const damaged = Buffer.from(intact);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << fixture.random(8));
        writeFileSync(file, damaged);
        tried++;
        try {
          verifyHistory(fixture.directory);
          undetected.push(`${name} at ${at} of ${intact.length}`);
        } catch (error) {
          expect(error).toMatchObject({ code: "history_damaged" });
        }
      }
      writeFileSync(file, intact);
    }
    expect(undetected).toEqual([]);
    expect(tried).toBeGreaterThan(700);
    expect(verifyHistory(fixture.directory).commits).toBe(51);
  });

  test("a truncated sealed segment and a missing one are found, and the error names file and commits", async () => {
    const fixture = new Fixture({ bytes: 1e9, commits: 20 });
    await fixture.commits(70);
    await fixture.writer.close();
    const sealed = readdirSync(fixture.directory).filter((name) => name.endsWith(".sealed"));
    const middle = path.join(fixture.directory, sealed[1] ?? "");
    const intact = readFileSync(middle);
    for (const length of [0, 30, 64, 500, intact.length - 1]) {
      truncateSync(middle, length);
      expect(() => verifyHistory(fixture.directory), `cut to ${length}`).toThrow(path.basename(middle));
      writeFileSync(middle, intact);
    }
    const damaged = Buffer.from(intact);
    damaged[100] = (damaged[100] ?? 0) ^ 4;
    writeFileSync(middle, damaged);
    const view = fixture.view();
    expect(view.atOrBefore(view.newest().timeMs)?.txid).toBe(71);
    expect(() => [...view.records(1, 71, "ascending")]).toThrow(/commits \d+ to \d+ are affected/);
    expect([...view.records(60, 71, "ascending")].length).toBe(12);
  });

  test("a flipped bit in the newest block is damage, not a torn tail", async () => {
    const fixture = new Fixture();
    await fixture.commits(3);
    const file = fixture.file(".open");
    const whole = readFileSync(file).length;
    await fixture.commits(3);
    await fixture.writer.close();
    const intact = readFileSync(file);
    const aside = path.join(fixture.directory, `damaged-${path.basename(file)}`);
    for (let at = whole; at < intact.length; at++) {
      const damaged = Buffer.from(intact);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      // A larger length makes the block reach beyond the file, which its own checksum tells from a torn one.
      writeFileSync(file, damaged);
      expect(() => verifyHistory(fixture.directory), `byte ${at}`).toThrow(/damaged/);
      const writer = HistoryWriter.open(fixture.directory);
      expect(writer.newest.txid).toBe(4);
      await writer.close();
      // Nothing is thrown away, as a torn tail is.
      expect(readFileSync(aside).equals(damaged)).toBe(true);
      rmSync(aside);
    }
  });
});
