import { rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DamageTally, tryDamages } from "./damage-tally.ts";
import { IntactFolder, randomFlip, randomSource } from "./damages.ts";
import { type RecordedHistory, recordHistory, shopStates } from "./recorded-history.ts";

// The control of the other suites: with every checksum equal to every other one, flips must go unnoticed, or those suites
// would pass for another reason than the one they give.
const { crc32 } = zlib;
let recorded: RecordedHistory;

beforeAll(async () => {
  zlib.crc32 = () => 0;
  syncBuiltinESMExports();
  recorded = await recordHistory(shopStates(60, 1024), 1024);
});
afterAll(() => {
  zlib.crc32 = crc32;
  syncBuiltinESMExports();
  rmSync(recorded.directory, { recursive: true, force: true });
});

test("without checksums flipped bits go unnamed, and states come back wrong", { timeout: 120_000 }, async () => {
  const folder = new IntactFolder(recorded.directory);
  const random = randomSource(31);
  const flips = Array.from({ length: 80 }, () => randomFlip(folder, random));
  const tally = new DamageTally();
  let tripped = 0;
  for (const flip of flips) {
    try {
      await tryDamages(recorded, folder, [flip], random, { restoreEvery: 1, tally });
    } catch {
      // Nonsense that no checksum has kept out can lead anywhere, also beyond the end of a buffer: that names no damage either.
      tripped++;
    }
  }
  console.log(`without checksums: ${JSON.stringify(tally.summary())}, ${tripped} led into an exception`);
  expect(tally.unnamed.length).toBeGreaterThan(10);
  expect(tally.wrong.length).toBeGreaterThan(0);
});
