import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { DamageTally, knob, tryDamages } from "./damage-tally.ts";
import { exchanges, IntactFolder, randomSource, truncations } from "./damages.ts";
import { type RecordedHistory, recordHistory, shopStates } from "./recorded-history.ts";

/** Files that are cut, and the bytes from one cut to the next; a long run cuts more of them at every offset. */
const FILES = knob("LASTGOOD_TEST_TRUNCATED_FILES", 4);
const STEP = knob("LASTGOOD_TEST_TRUNCATION_STEP", 23);
const SEED = knob("LASTGOOD_TEST_SEED", 21);
const OTHER_ID = Buffer.from("00112233445566778899aabbccddeeff", "hex");

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function record(...args: Parameters<typeof recordHistory>): Promise<RecordedHistory> {
  const recorded = await recordHistory(...args);
  made.push(recorded.directory);
  return recorded;
}

test("a file cut at any offset is named, and what remains restorable is restored", {
  timeout: 7_200_000,
}, async () => {
  const random = randomSource(SEED);
  const tally = new DamageTally();
  let files = 0;
  for (let round = 0; files < FILES; round++) {
    // Few commits, small pages: files of one to four kilobytes, of every kind.
    const recorded = await record(shopStates(6 + (round % 5), 512, 60), 512, { sealAt: { bytes: 1e9, commits: 4 } });
    const folder = new IntactFolder(recorded.directory);
    const names = folder.names().filter((name) => folder.bytes(name).length < 6000);
    // Where there are few, no two of one kind: the open segment first, whose cut ends look like a crash.
    for (const name of names.sort((a, b) => rank(a) - rank(b)).slice(0, FILES - files)) {
      await tryDamages(recorded, folder, truncations(folder, name, STEP), random, { restoreEvery: 20, tally });
      files++;
    }
  }
  console.log(`truncations of ${files} files, seed ${SEED}: ${JSON.stringify(tally.summary())}`);
  expect({ unnamed: tally.unnamed, wrong: tally.wrong, broken: tally.broken }).toEqual({
    unnamed: [],
    wrong: [],
    broken: [],
  });
  expect(tally.tried).toBeGreaterThan((FILES * 60) / STEP);
});

test("an open segment that holds no commit yet is named when it is cut at any offset", {
  timeout: 600_000,
}, async () => {
  const recorded = await record(shopStates(7, 512, 60), 512, { sealAt: { bytes: 1e9, commits: 4 } });
  const folder = new IntactFolder(recorded.directory);
  const name = folder.names().find((one) => one.endsWith(".open")) ?? "";
  expect(name).toBe("segment-0000000000000009.open");
  const tally = await tryDamages(recorded, folder, truncations(folder, name, 1), randomSource(SEED), {
    restoreEvery: 40,
  });
  expect({ unnamed: tally.unnamed, wrong: tally.wrong, broken: tally.broken }).toEqual({
    unnamed: [],
    wrong: [],
    broken: [],
  });
  expect(tally.tried).toBeGreaterThan(150);
});

const rank = (name: string) => [".open", "mirror.crc", ".sealed", ".crc", ".db"].findIndex((end) => name.endsWith(end));

test("files that are gone, zeroed, exchanged, foreign or too long are named; older copies do no harm", {
  timeout: 600_000,
}, async () => {
  const random = randomSource(SEED + 1);
  const states = shopStates(50, 512);
  const recorded = await record(states, 512);
  const older = await record(states.slice(0, 47), 512);
  const foreign = await record(shopStates(50, 512), 512, { historyId: OTHER_ID });
  const folder = new IntactFolder(recorded.directory);
  const all = [...exchanges(folder, new IntactFolder(foreign.directory), new IntactFolder(older.directory))];
  const tally = await tryDamages(recorded, folder, all, random, { restoreEvery: 1 });
  console.log(`exchanges, seed ${SEED + 1}: ${JSON.stringify(tally.summary())}`);
  // The mirror's checksums of an earlier commit are as good as any; without them more is read, and nothing is lost. Fewer
  // bytes behind an open segment than any block has are what a crash leaves: a remark, and they are cut off.
  const harmless = /^mirror\.crc: (an older copy|gone)$|\.open: bytes behind its end$/;
  expect(tally.unnamed.filter((what) => !harmless.test(what))).toEqual([]);
  expect({ wrong: tally.wrong, broken: tally.broken }).toEqual({ wrong: [], broken: [] });
  expect(tally.tried).toBeGreaterThan(30);
});
