import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { tableCache } from "../../../lib/engines/sqlite/history/table-cache.ts";
import { OpenHistories } from "../../../lib/engines/sqlite/open-histories.ts";
import { MadeHistory } from "../../world/made-history.ts";

const made: MadeHistory[] = [];
let histories: OpenHistories | null = null;
afterEach(async () => {
  histories?.close();
  for (const { writer, directory } of made.splice(0)) {
    await writer.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

async function make(count: number, commits: number, sealCommits: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const one = new MadeHistory({ bytes: 1e9, commits: sealCommits }, i + 1);
    await one.commit(commits);
    made.push(one);
  }
}

/** Files below a history's directory that this process has open for reading through `histories`. */
const openSegments = () =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter((file) => file.includes("made-history-"));
    } catch {
      // The descriptor of the listing itself.
      return [];
    }
  });

describe("the histories a process has open", () => {
  test("are bounded in number, and whoever rests answers as before when it is asked again", async () => {
    await make(20, 9, 1e9);
    const written = openSegments().length;
    histories = new OpenHistories(5);
    const views = made.map(({ directory }) => histories?.get(directory));
    expect(histories.inUse().open).toBe(5);
    expect(openSegments().length - written).toBe(5);
    await made[0]?.commit(3);
    expect(made.map(({ directory }) => histories?.get(directory).newest().txid)).toEqual([13, ...Array(19).fill(10)]);
    // One that was taken before and rests now opens by itself.
    expect(views.map((view) => view?.byTxid(4)?.txid)).toEqual(Array(20).fill(4));
    histories.get(made[3]?.directory ?? "");
    expect(histories.inUse().open).toBe(5);
    expect(openSegments().length - written).toBe(5);
  });

  test("are bounded in memory", async () => {
    await make(6, 60, 1e9);
    const bytes = memoryOf(made[0]?.directory ?? "");
    histories = new OpenHistories(100, bytes * 3);
    for (const { directory } of made) histories.get(directory);
    expect(histories.inUse().bytes).toBeLessThanOrEqual(bytes * 3);
    expect(histories.inUse().open).toBeGreaterThan(1);
  });

  test("keep no file of a sealed segment open, and share one bounded cache of tables", async () => {
    await make(3, 900, 100);
    const written = openSegments().length;
    histories = new OpenHistories();
    for (const { directory } of made) {
      const view = histories.get(directory);
      for (let txid = 1; txid < 900; txid += 10) expect(view.byTxid(txid)?.txid).toBe(txid);
    }
    expect(openSegments().length - written).toBe(3);
    expect(tableCache.bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});

function memoryOf(directory: string): number {
  const view = openHistory(directory);
  const { memoryBytes } = view;
  view.close();
  return memoryBytes;
}
