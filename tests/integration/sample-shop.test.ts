import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { Shop } from "../../lib/agent/sample/shop.ts";
import { SCHEMA_CHANGES } from "../../lib/agent/sample/shop-schema.ts";
import { startSampleShop } from "../../lib/agent/sample/start-sample-shop.ts";

const newFile = () => path.join(mkdtempSync(path.join(tmpdir(), "shop-")), "shop.db");
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the sample shop", () => {
  it("is ready with a file in WAL mode and keeps it busy at 3 to 25 commits a second", async () => {
    const file = newFile();
    const child = await startSampleShop(file);
    stops.push(() => child.kill("SIGKILL"));
    const reader = new DatabaseSync(file, { readOnly: true });
    stops.push(() => reader.close());
    expect(reader.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    let commits = 0;
    let seen = reader.prepare("PRAGMA data_version").get()?.data_version;
    const untilMs = performance.now() + 3000;
    while (performance.now() < untilMs) {
      const now = reader.prepare("PRAGMA data_version").get()?.data_version;
      if (now !== seen) commits++;
      seen = now;
      await sleep(2);
    }
    expect(commits).toBeGreaterThan(9);
    expect(commits).toBeLessThan(75);
  });

  it("ends when its standard input ends", async () => {
    const child = await startSampleShop(newFile());
    stops.push(() => child.kill("SIGKILL"));
    const code = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end();
    expect(await code).toBe(0);
  });

  it("refuses a file that cannot be opened", async () => {
    await expect(startSampleShop("/nonexistent/folder/shop.db")).rejects.toMatchObject({ code: "internal" });
  });

  it("keeps its sums through a long day, every schema change and every big delete", () => {
    const shop = new Shop(newFile(), seededRandom(7));
    stops.push(() => shop.close());
    shop.open();
    const made = [];
    let cleared = 0;
    for (let step = 1; step <= 4000; step++) {
      shop.step();
      if (step % 1000 === 0) {
        made.push(shop.changeSchema());
        cleared += shop.clearVisits();
        expect(shop.countContradictions()).toBe(0);
      }
    }
    expect(made).toEqual([...SCHEMA_CHANGES.map(({ sql }) => sql), null]);
    expect(cleared).toBeGreaterThan(500);
  });

  it("sees a sum that was broken from outside", () => {
    const file = newFile();
    const shop = new Shop(file, seededRandom(1));
    stops.push(() => shop.close());
    shop.open();
    const vandal = new DatabaseSync(file);
    stops.push(() => vandal.close());
    vandal.exec("UPDATE products SET stock = stock + 1 WHERE id = 1");
    expect(shop.countContradictions()).toBe(1);
  });
});
