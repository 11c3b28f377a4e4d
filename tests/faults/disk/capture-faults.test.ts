import { beforeAll, describe, expect, test } from "vitest";
import { captureAll } from "./capture-scenario.ts";
import {
  carelessly,
  listCalls,
  listFaults,
  SEED,
  SHARE,
  sample,
  swallowedOf,
  tryEach,
  tryFailedSync,
  tryFault,
  tryPowerLoss,
  wrongOf,
} from "./enumerate-faults.ts";
import type { Call } from "./faulty-disk.ts";
import { RecordedLog } from "./recorded-log.ts";

let log: RecordedLog;
let calls: readonly Call[];
beforeAll(async () => {
  log = await RecordedLog.record(RecordedLog.statements(41), 1024);
  calls = await listCalls(log, captureAll);
});

const isSync = ({ name }: Call) => /sync/.test(name);
describe(`capture, seals and pruning over a disk that fails (seed ${SEED}, share ${SHARE})`, () => {
  test("a call that fails is told with cause and remedy, and loses nothing", { timeout: 1_800_000 }, async () => {
    const faults = sample(await listFaults(log, captureAll), SHARE, SEED);
    const outcomes = await tryEach(faults, (fault) => tryFault(log, captureAll, fault));
    expect(wrongOf(outcomes)).toEqual([]);
    expect(swallowedOf(outcomes)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(0);
  });

  test("a power loss at any call leaves every commit that was told durable, and nothing half", {
    timeout: 1_800_000,
  }, async () => {
    const outcomes = await tryEach(sample(calls, SHARE, SEED), (call, seed) =>
      tryPowerLoss(log, captureAll, call, seed),
    );
    const dropped = await tryEach(sample(calls.filter(isSync), SHARE * 4, SEED), (call) =>
      tryPowerLoss(log, captureAll, call, 0),
    );
    expect(wrongOf([...outcomes, ...dropped])).toEqual([]);
  });

  test("after a sync that failed, what is told durable is: also when what was read back was not on the disk", {
    timeout: 1_800_000,
  }, async () => {
    const syncs = sample(calls.filter(isSync), SHARE * 6, SEED);
    const outcomes = await tryEach(syncs, (call, seed) =>
      tryFailedSync(log, captureAll, call, seed % 3 === 0 ? 0 : seed),
    );
    expect(wrongOf(outcomes)).toEqual([]);
  });
});

describe("controls: what the suite must notice", () => {
  test("commits are lost when a failed sync is neither cut off nor written again", async () => {
    const newest = calls.filter(({ name }) => name === "fdatasync").slice(-6);
    const outcomes = await tryEach(newest, (call) => tryFailedSync(log, captureAll, call, 0, carelessly()));
    expect(wrongOf(outcomes).join()).toContain("was told durable and is gone");
  });

  test("commits are lost when syncs do nothing", async () => {
    const late = calls.filter(isSync).slice(-8);
    const outcomes = await tryEach(late, (call) =>
      tryPowerLoss(log, captureAll, call, 0, ({ name }) => (isSync({ ...call, name }) ? { lie: true } : null)),
    );
    expect(wrongOf(outcomes).length).toBe(late.length);
  });

  test("commits are lost when a short write is taken for a whole one", async () => {
    const writes = calls.filter(({ name, file }) => name === "writeSync" && file.endsWith(".open")).slice(5, 9);
    const outcomes = await tryEach(writes, ({ key, name }) =>
      tryFault(log, captureAll, { key, name, trouble: { shortLie: true } }),
    );
    expect(wrongOf(outcomes).length).toBe(writes.length);
  });
});
