import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainFileError } from "../../../lib/engines/processes/explain-file-error.ts";
import { captureAll, ScenarioRun } from "./capture-scenario.ts";
import {
  type Explain,
  listCalls,
  listFaults,
  SEED,
  SHARE,
  sample,
  swallowedOf,
  tryEach,
  tryFault,
  tryPowerLoss,
  wrongOf,
} from "./enumerate-faults.ts";
import { RecordedLog } from "./recorded-log.ts";
import { restoreFilesOnly, Wrong } from "./restore-scenario.ts";

let log: RecordedLog;
let captured: ScenarioRun;
beforeAll(async () => {
  log = await RecordedLog.record(RecordedLog.statements(41), 1024);
  captured = new ScenarioRun(log);
  const error = await captured.attempt((capture) => captureAll(captured, capture));
  captured.disk.remove();
  if (error) throw error;
});
afterAll(() => captured.end());

const steps = (run: ScenarioRun) => restoreFilesOnly(run);

/** What the restore's own processes answer; a wrong result has no excuse. */
const explain: Explain = (error) => {
  if (error instanceof Wrong) return { cause: "", remedy: "" };
  const { message, details } = explainFileError(error, "The restore failed", "restore_failed");
  return { cause: message, remedy: details.hint ?? "" };
};

describe(`the files of a restore over a disk that fails (seed ${SEED}, share ${SHARE})`, () => {
  test("a call that fails is told, never answered with other pages, and the next try succeeds", {
    timeout: 1_800_000,
  }, async () => {
    const faults = sample(await listFaults(log, steps, captured), SHARE * 4, SEED);
    const outcomes = await tryEach(faults, (fault) => tryFault(log, steps, fault, captured, explain));
    expect(wrongOf(outcomes)).toEqual([]);
    expect(swallowedOf(outcomes)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(0);
  });

  test("after a power loss at any call the same restore can be done again", { timeout: 1_800_000 }, async () => {
    const calls = sample(await listCalls(log, steps, captured), SHARE * 2, SEED);
    const outcomes = await tryEach(calls, (call, seed) =>
      tryPowerLoss(log, steps, call, seed % 3 === 0 ? 0 : seed, () => null, captured),
    );
    expect(wrongOf(outcomes)).toEqual([]);
  });

  test("control: a short write that is taken for a whole one is noticed", async () => {
    const calls = await listCalls(log, steps, captured);
    const writes = calls
      .filter(({ name, file }) => name === "writeSync" && /pages\.set|capture\.json/.test(file))
      .slice(-3);
    const outcomes = await tryEach(writes, ({ key, name }) =>
      tryFault(log, steps, { key, name, trouble: { shortLie: true } }, captured, explain),
    );
    expect(wrongOf(outcomes).length + outcomes.filter(({ told }) => told === "error").length).toBe(writes.length);
  });
});
