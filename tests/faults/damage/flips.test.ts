import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DamageTally, knob, tryDamages } from "./damage-tally.ts";
import { flipsEverywhere, IntactFolder, randomFlip, randomSource } from "./damages.ts";
import { type RecordedHistory, recordHistory, shopStates } from "./recorded-history.ts";

/** So many bits at random, in all; a long run sets more. */
const FLIPS = knob("LASTGOOD_TEST_FLIPS", 200);
const SEED = knob("LASTGOOD_TEST_SEED", 11);

/** Histories that differ in what they hold: many small segments, a pruned one, blocks beyond one and composed steps. */
const histories: RecordedHistory[] = [];
const SHARES = [5, 4, 1];

beforeAll(async () => {
  histories.push(await recordHistory(shopStates(90, 1024), 1024));
  histories.push(await recordHistory(shopStates(70, 512), 512, { pruneTo: 48 }));
  const large = { bytes: 1e9, commits: 140 };
  histories.push(await recordHistory(shopStates(150, 4096, 3000), 4096, { sealAt: large }));
}, 60_000);
afterAll(() => {
  for (const { directory } of histories) rmSync(directory, { recursive: true, force: true });
});

test("every flipped bit is named, and no restore gives a state that was not asked for", {
  timeout: 3_600_000,
}, async () => {
  const random = randomSource(SEED);
  const tally = new DamageTally();
  for (const [index, recorded] of histories.entries()) {
    const folder = new IntactFolder(recorded.directory);
    // The large one takes ten times as long for each.
    const share = Math.ceil((FLIPS * (SHARES[index] ?? 0)) / 10);
    const flips = Array.from({ length: share }, () => randomFlip(folder, random));
    const restoreEvery = index === 2 ? 8 : 4;
    await tryDamages(recorded, folder, flips, random, { restoreEvery, tally });
  }
  console.log(`flips, seed ${SEED}: ${JSON.stringify(tally.summary())}`);
  expect({ unnamed: tally.unnamed, wrong: tally.wrong, broken: tally.broken }).toEqual({
    unnamed: [],
    wrong: [],
    broken: [],
  });
  expect(tally.named).toBeGreaterThanOrEqual(FLIPS);
  expect(tally.exact).toBeGreaterThan(0);
});

test("bits flipped through all of every file are named, whatever structure they hit", {
  timeout: 3_600_000,
}, async () => {
  const recorded = histories[1] as RecordedHistory;
  const folder = new IntactFolder(recorded.directory);
  const random = randomSource(SEED + 1);
  const perFile = knob("LASTGOOD_TEST_FLIPS_PER_FILE", 12);
  const tally = await tryDamages(recorded, folder, flipsEverywhere(folder, perFile, random), random);
  console.log(`flips through ${folder.names().length} files, seed ${SEED + 1}: ${JSON.stringify(tally.summary())}`);
  expect({ unnamed: tally.unnamed, wrong: tally.wrong, broken: tally.broken }).toEqual({
    unnamed: [],
    wrong: [],
    broken: [],
  });
  expect(tally.tried).toBeGreaterThan(folder.names().length * 8);
});

test("SQLite's own integrity check misses most flipped bits of a plain database", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "plain-"));
  const random = randomSource(SEED + 2);
  const flips = Math.min(FLIPS, 2000);
  const plain = shopStates(90, 1024).at(-1) as Buffer;
  let missed = 0;
  try {
    for (let i = 0; i < flips; i++) {
      const damaged = Buffer.from(plain);
      const at = random(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
      if (passesIntegrityCheck(path.join(folder, "plain.db"), damaged)) missed++;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`PRAGMA integrity_check, seed ${SEED + 2}: missed ${missed} of ${flips} flips in a plain database`);
  expect(missed).toBeGreaterThan(flips / 3);
});

function passesIntegrityCheck(file: string, content: Buffer): boolean {
  writeFileSync(file, content);
  let connection: DatabaseSync | null = null;
  try {
    connection = new DatabaseSync(`file:${file}?immutable=1`, { readOnly: true });
    return String(connection.prepare("PRAGMA integrity_check").get()?.integrity_check) === "ok";
  } catch {
    // What SQLite refuses to open or to read is detected too.
    return false;
  } finally {
    connection?.close();
  }
}
