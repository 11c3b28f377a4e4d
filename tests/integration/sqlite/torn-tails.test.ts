import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { MadeHistory } from "../../world/made-history.ts";

/** Where blocks of an open segment begin; the last is the file's end. */
function blocksOf(segment: Buffer): number[] {
  const found = [64];
  for (let at = 64; at < segment.length; found.push(at)) at += 40 + segment.readUInt32LE(at + 4);
  return found;
}

// A power cut within an append to a block of the file system that was there already: the length is known, the bytes are not.
test("the shortest block counts as torn when its bytes, or those behind a sector's border, never reached the disk", async () => {
  const made = new MadeHistory({ bytes: 1e9, commits: 1e9 });
  await made.commit(2);
  for (let i = 0; i < 80; i++) {
    made.writer.addWatermark(made.writer.newest.timeMs + i + 1);
    await made.writer.flush();
  }
  await made.writer.close();
  const name = readdirSync(made.directory).find((one) => one.endsWith(".open")) ?? "";
  const file = path.join(made.directory, name);
  const intact = readFileSync(file);
  const { newest } = made.writer;
  const blocks = blocksOf(intact);
  let tried = 0;
  for (const [i, begin] of blocks.entries()) {
    const end = blocks[i + 1];
    if (end === undefined || end - begin > 56) continue;
    const border = Math.ceil((begin + 1) / 512) * 512;
    for (const from of border <= end - 8 ? [begin, border] : [begin]) {
      writeFileSync(file, Buffer.from(intact.subarray(0, end)).fill(0, from));
      const writer = HistoryWriter.open(made.directory);
      expect(writer.newest.txid, `zero from ${from} to ${end}`).toBe(newest.txid);
      await writer.close();
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(80);
});
