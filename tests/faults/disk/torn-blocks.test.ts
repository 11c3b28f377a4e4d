import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { MadeHistory } from "../../world/made-history.ts";
import { SEED } from "./enumerate-faults.ts";
import { seededRandom } from "./unsynced-file.ts";

const made: MadeHistory[] = [];
afterEach(() => {
  for (const { directory } of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A history whose last block is in `after` and not in `before`, both the bytes of its open segment. */
async function lastBlock(
  commits: number,
): Promise<{ history: MadeHistory; file: string; before: Buffer; after: Buffer }> {
  const history = new MadeHistory(undefined, commits);
  made.push(history);
  await history.commit(commits);
  const name = readdirSync(history.directory).find((each) => each.endsWith(".open"));
  const file = path.join(history.directory, name ?? "");
  const before = readFileSync(file);
  await history.commit(1);
  await history.writer.close();
  return { history, file, before, after: readFileSync(file) };
}

/** The bytes of the last block's sectors; `lost` are zero, as where nothing was ever written. */
function withoutSectors(before: Buffer, after: Buffer, isLost: (sector: number) => boolean): Buffer {
  const content = Buffer.from(after);
  for (let at = before.length, sector = 0; at < after.length; sector++) {
    const end = Math.min(after.length, at + 512 - (at % 512));
    if (isLost(sector)) content.fill(0, at, end);
    at = end;
  }
  return content;
}

test(`a last block of which any sectors are missing is no damage: it was never durable (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  let torn = 0;
  for (let commits = 2; commits < 16; commits++) {
    const { history, file, before, after } = await lastBlock(commits);
    for (let attempt = 0; attempt < 12; attempt++) {
      const content = withoutSectors(before, after, () => random() < 0.5);
      const bytes = content.subarray(0, before.length + Math.floor(random() * (after.length - before.length + 1)));
      // What the last sector lacks may be zero anyhow.
      if (bytes.length === after.length && after.length % 512 < 64) continue;
      writeFileSync(file, bytes);
      if (bytes.equals(after)) continue;
      torn++;
      expectNothingDurableLost(history, commits + 1);
    }
  }
  expect(torn).toBeGreaterThan(50);
});

test("a block of whose begin the disk holds only a few zeroes to the sector's end was never durable", async () => {
  let few = 0;
  for (let commits = 2; commits < 90 && few < 4; commits++) {
    const { history, file, before, after } = await lastBlock(commits);
    const atBegin = 512 - (before.length % 512);
    if (atBegin >= 64 || after.length - before.length <= atBegin) continue;
    few++;
    writeFileSync(
      file,
      withoutSectors(before, after, (sector) => sector === 0),
    );
    expectNothingDurableLost(history, commits + 1);
  }
  expect(few).toBeGreaterThan(3);
});

/** It opens for readers and for a writer, with every commit before the torn one, and nothing is set aside as damaged. */
function expectNothingDurableLost(history: MadeHistory, newest: number): void {
  const view = openHistory(history.directory);
  expect(view.newest().txid).toBe(newest);
  view.close();
  const writer = HistoryWriter.open(history.directory);
  void writer.close();
  expect(writer.newest.txid).toBe(newest);
  expect(readdirSync(history.directory).filter((name) => name.startsWith("damaged-"))).toEqual([]);
}
