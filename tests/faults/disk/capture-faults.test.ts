import { beforeAll, describe, expect, test } from "vitest";
import { captureAll, captureLarge, compareAll, LARGE_STATEMENTS } from "./capture-scenario.ts";
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

describe(`comparing a whole database, and commits of any size, over a disk that fails (seed ${SEED})`, () => {
  test("a call that fails while everything is compared costs at most the one gap that is told", {
    timeout: 1_800_000,
  }, async () => {
    const faults = sample(await listFaults(log, compareAll), SHARE, SEED);
    const lost = sample(await listCalls(log, compareAll), SHARE, SEED);
    const outcomes = [
      ...(await tryEach(faults, (fault) => tryFault(log, compareAll, fault))),
      ...(await tryEach(lost, (call, seed) => tryPowerLoss(log, compareAll, call, seed))),
    ];
    expect(wrongOf(outcomes)).toEqual([]);
    expect(swallowedOf(outcomes)).toEqual([]);
  });

  test("a commit that fits into no memory is there as a whole or not at all", { timeout: 1_800_000 }, async () => {
    const large = await RecordedLog.record(LARGE_STATEMENTS, 4096);
    // The turns of a loop over pages are alike: its first two stand for the others.
    const isEarly = ({ key }: { key: string }) => Number(key.split("#")[1]) <= 2;
    const faults = sample((await listFaults(large, captureLarge)).filter(isEarly), SHARE, SEED);
    const lost = sample((await listCalls(large, captureLarge)).filter(isSync), SHARE * 4, SEED);
    const outcomes = [
      ...(await tryEach(faults, (fault) => tryFault(large, captureLarge, fault))),
      ...(await tryEach(lost, (call, seed) => tryPowerLoss(large, captureLarge, call, seed))),
      ...(await tryEach(lost, (call, seed) => tryFailedSync(large, captureLarge, call, seed))),
    ];
    expect(wrongOf(outcomes)).toEqual([]);
    expect(swallowedOf(outcomes)).toEqual([]);
  });
});

describe("controls: what the suite must notice", () => {
  test("commits are lost when a failed sync is neither cut off nor written again", async () => {
    const newest = calls.filter(({ name }) => name === "fdatasync").slice(-6);
    const outcomes = await tryEach(newest, (call) => tryFailedSync(log, captureAll, call, 0, carelessly()));
    expect(wrongOf(outcomes).join()).toMatch(/was told durable and is gone|The history is damaged/);
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
