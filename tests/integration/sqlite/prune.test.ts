import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { advanceBase } from "../../../lib/engines/sqlite/prune/advance-base.ts";
import { isPruningDue, planPruning } from "../../../lib/engines/sqlite/prune/plan-pruning.ts";
import { type PruneSteps, pruneHistory } from "../../../lib/engines/sqlite/prune/prune-history.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { realDisk, useDisk } from "../../../lib/storage/disk.ts";
import { MadeHistory } from "../../world/made-history.ts";

let made: MadeHistory;
let open: History[];
beforeEach(async () => {
  made = new MadeHistory({ bytes: 1e9, commits: 20 });
  open = [];
  await made.commit(150);
  // Sealing goes on behind the writer's back; what is sealed then is pruned.
  await made.writer.close();
});
afterEach(() => {
  for (const history of open) history.close();
  rmSync(made.directory, { recursive: true, force: true });
});

function view(): History {
  const history = openHistory(made.directory);
  open.push(history);
  return history;
}

function prune(keepFromMs: number, steps?: PruneSteps): number {
  return pruneHistory(view(), keepFromMs, () => undefined, steps);
}

/** Every state from a commit on comes out of the history as it was. */
function expectStatesFrom(txid: number): void {
  const history = view();
  const file = path.join(made.directory, "..", `${path.basename(made.directory)}.image`);
  for (let at = txid; at < made.states.length; at++) {
    materialise(history, at, file);
    expect(readFileSync(file).equals(made.states[at] ?? Buffer.alloc(0))).toBe(true);
  }
  rmSync(file);
  verifyHistory(made.directory);
}

describe("pruning a history", () => {
  test("every state from the given time on is kept, older ones are gone, and disk comes back", () => {
    const keepFrom = view().byTxid(75);
    const removed = prune(keepFrom?.timeMs ?? 0);
    expect(removed).toBeGreaterThan(0);
    const history = view();
    expect(history.oldest().txid).toBeGreaterThan(60);
    expect(history.oldest().txid).toBeLessThanOrEqual(75);
    expect(history.byTxid(history.oldest().txid - 1)).toBeNull();
    expect(history.atOrBefore(keepFrom?.timeMs ?? 0)?.txid).toBe(75);
    expectStatesFrom(history.oldest().txid);
    expect(readdirSync(made.directory).filter((name) => name.startsWith("base-"))).toHaveLength(2);
  });

  test("nothing is dropped while everything is within the window", () => {
    expect(prune(500)).toBe(0);
    expect(prune(1000)).toBe(0);
    expectStatesFrom(1);
  });

  test("the state in force when the window begins is kept, also when it is old", () => {
    prune(Date.now());
    const history = view();
    expect(history.atOrBefore(Date.now())?.txid).toBe(151);
    expectStatesFrom(history.oldest().txid);
  });

  test("pruning again and again keeps what it should", () => {
    for (const txid of [30, 31, 80, 120, 150]) {
      prune(view().byTxid(txid)?.timeMs ?? 0);
      const oldest = view().oldest().txid;
      expect(oldest).toBeLessThanOrEqual(txid);
      expectStatesFrom(oldest);
    }
  });

  test("interrupted behind any step, no state from the given time on is lost, and the next pruning tidies up", async () => {
    const total = { steps: 0 };
    const keepFromMs = view().byTxid(110)?.timeMs ?? 0;
    for (let stopAt = 1; ; stopAt++) {
      rmSync(made.directory, { recursive: true, force: true });
      made = new MadeHistory({ bytes: 1e9, commits: 20 });
      await made.commit(150);
      await made.writer.close();
      let steps = 0;
      const interrupted = () =>
        prune(keepFromMs, {
          after: () => {
            if (++steps === stopAt) throw new Error("the power went");
          },
        });
      try {
        interrupted();
        total.steps = steps;
        break;
      } catch (error) {
        expect(error).toMatchObject({ message: "the power went" });
      }
      expectStatesFrom(110);
      prune(keepFromMs);
      expectStatesFrom(view().oldest().txid);
      const names = readdirSync(made.directory);
      expect(names.filter((name) => name.startsWith("base-") && name.endsWith(".db"))).toHaveLength(1);
    }
    expect(total.steps).toBeGreaterThan(4);
  });

  test("a view that was open before goes on after a refresh", () => {
    const history = view();
    expect(history.oldest().txid).toBe(1);
    prune(history.byTxid(75)?.timeMs ?? 0);
    history.refresh();
    expect(history.oldest().txid).toBeGreaterThan(1);
    expect([...history.records(100, 110, "descending")].map(({ txid }) => txid)).toEqual([
      110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100,
    ]);
  });

  test("times, raw times, clamps, gaps, notes and bookmarks of what is kept are the same before and after", async () => {
    rmSync(made.directory, { recursive: true, force: true });
    made = new MadeHistory({ bytes: 1e9, commits: 20 }, 99);
    for (let i = 0; i < 150; i++) {
      const times = i % 17 === 0 ? { gapMs: 5 + i } : i % 11 === 0 ? { rawOffsetMs: i % 2 === 0 ? -70 : 300 } : {};
      const after = made.state();
      after.writeInt32LE(i * 7919 + 1, (i * 40) % after.length);
      made.change(after, times);
      if (i % 23 === 0) made.writer.addNote({ kind: "restore", restoreId: `r${i}` });
      if (i % 3 === 0) await made.writer.flush();
    }
    await made.writer.flush();
    made.writeMirror(made.state());
    await made.writer.close();
    const tell = (fromTxid: number) => {
      const history = view();
      return {
        commits: [...history.infos(fromTxid, 1e9)].map((info) => ({ ...info, bookmark: history.bookmarkOf(info) })),
        gaps: history.gaps().filter(({ txid }) => txid > fromTxid),
        notes: [...history.notes()].filter(({ txid }) => txid >= fromTxid),
        watermarkMs: history.watermarkMs(),
        tag: history.historyTag,
      };
    };
    for (const txid of [40, 90, 130]) {
      const before = view();
      const keepFromMs = before.byTxid(txid)?.timeMs ?? 0;
      const all = tell(1);
      const suspects = before.suspects();
      prune(keepFromMs);
      const { oldest } = { oldest: view().oldest().txid };
      const [was, is] = [all, tell(oldest)];
      expect(is.commits).toEqual(was.commits.filter((commit) => commit.txid >= oldest));
      expect(is.gaps).toEqual(was.gaps.filter((gap) => gap.txid > oldest));
      expect(is.notes).toEqual(was.notes.filter((note) => note.txid >= oldest));
      expect([is.watermarkMs, is.tag]).toEqual([was.watermarkMs, was.tag]);
      for (const stretch of view().suspects()) {
        expect(suspects.some(({ fromMs, toMs }) => fromMs <= stretch.fromMs && stretch.toMs <= toMs)).toBe(true);
      }
      expectStatesFrom(oldest);
    }
    expect(tell(1).notes.length).toBeGreaterThan(0);
    expect(tell(1).gaps.length).toBeGreaterThan(0);
  });

  test("what an interrupted pruning left behind, half images and lone tables of checksums, is removed by the next", () => {
    for (const name of [
      "base-0000000000000015.db.new",
      "base-0000000000000015.db.new.new",
      "base-0000000000000029.crc",
    ]) {
      writeFileSync(path.join(made.directory, name), "left");
    }
    expect(prune(0)).toBe(0);
    const names = readdirSync(made.directory).filter((name) => name.startsWith("base-"));
    expect(names.sort()).toEqual(["base-0000000000000001.crc", "base-0000000000000001.db"]);
    expectStatesFrom(1);
  });

  test("an image that shares its blocks is advanced by reading and writing the touched pages alone", () => {
    const history = view();
    const base = history.base();
    const txid = 100;
    const file = `${base.path}.copy`;
    copyFileSync(base.path, file);
    const touched = [...history.pagesTouched(2, txid)].length;
    let bytes = 0;
    const stop = useDisk({
      writeSync: ((...args: Parameters<typeof realDisk.writeSync>) => {
        const written = realDisk.writeSync(...args);
        bytes += written;
        return written;
      }) as typeof realDisk.writeSync,
    });
    try {
      const table = advanceBase(history, txid, file, true, () => undefined);
      expect(bytes).toBeLessThanOrEqual(touched * history.pageSize);
      const state = made.states[txid] ?? Buffer.alloc(0);
      expect(readFileSync(file).equals(state)).toBe(true);
      expect([...table]).toEqual(
        Array.from({ length: state.length / 512 }, (_, i) => crc32(state.subarray(i * 512, (i + 1) * 512))),
      );
    } finally {
      stop();
    }
  });

  test("a page of the image that is not what it was stops the pruning before anything is dropped", () => {
    const history = view();
    const image = readFileSync(history.base().path);
    image[7 * 512] = (image[7 * 512] ?? 0) ^ 1;
    writeFileSync(history.base().path, image);
    const before = readdirSync(made.directory).filter((name) => name.startsWith("segment-"));
    expect(() => prune(history.byTxid(110)?.timeMs ?? 0)).toThrow(/page 8 fails its checksum/);
    expect(readdirSync(made.directory).filter((name) => name.startsWith("segment-"))).toEqual(before);
    image[7 * 512] = (image[7 * 512] ?? 0) ^ 1;
    writeFileSync(history.base().path, image);
    prune(history.byTxid(110)?.timeMs ?? 0);
    expectStatesFrom(110);
  });
});

describe("when pruning is due", () => {
  const DAY_MS = 86_400_000;

  /** A commit a day, beside an image of so many pages. */
  async function daily(days: number, imagePages: number): Promise<void> {
    rmSync(made.directory, { recursive: true, force: true });
    made = new MadeHistory({ bytes: 1e9, commits: 1e9, ageMs: DAY_MS }, 5, imagePages);
    for (let day = 0; day < days; day++) {
      const after = made.state();
      after.writeInt32LE(day + 1, (day * 64) % 4096);
      made.change(after, { stepMs: DAY_MS });
      await made.writer.flush();
    }
    await made.writer.close();
  }

  test("not while the segments to drop are small beside the image and have left the window less than a day ago", async () => {
    await daily(20, 512);
    const history = view();
    const second = history.allSegments()[1]?.header.firstTxid ?? 0;
    const leaves = history.byTxid(second)?.timeMs ?? 0;
    const first = history.oldest().timeMs;
    expect(isPruningDue(history, first + 1000)).toBe(false);
    expect(planPruning(history, leaves)?.txid).toBe(second);
    expect(isPruningDue(history, leaves)).toBe(true);
    expect(isPruningDue(history, first + 0.9 * DAY_MS)).toBe(false);
  });

  test("at once when the space is worth it", async () => {
    const history = view();
    const keepFromMs = history.byTxid(140)?.timeMs ?? 0;
    expect(keepFromMs - history.oldest().timeMs).toBeLessThan(DAY_MS);
    expect(isPruningDue(history, keepFromMs)).toBe(true);
    expect(isPruningDue(history, 0)).toBe(false);
  });

  test("a rarely written database has few segments after a year, and few in its window", async () => {
    await daily(365, 16);
    const segments = readdirSync(made.directory).filter((name) => name.startsWith("segment-"));
    expect(segments.length).toBeLessThan(120);
    expect(segments.length).toBeGreaterThan(30);
    const history = view();
    prune(history.newest().timeMs - 30 * DAY_MS);
    const kept = view().oldest().timeMs;
    expect(history.newest().timeMs - kept).toBeLessThan(45 * DAY_MS);
    expectStatesFrom(view().oldest().txid);
  });
});
