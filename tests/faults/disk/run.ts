/**
 * Every fault at every call, as far as the time allows: `node tests/faults/disk/run.ts [--seconds N] [--tally FILE]`. The tally
 * says how far each kind has come, so that several runs go through all of them. Ends with one line of JSON; exit code 1 when
 * anything was lost.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { explainFileError } from "../../../lib/engines/processes/explain-file-error.ts";
import { captureAll, ScenarioRun } from "./capture-scenario.ts";
import {
  type Explain,
  listCalls,
  listFaults,
  type Outcome,
  type Steps,
  swallowedOf,
  tryFailedSync,
  tryFault,
  tryPowerLoss,
  wrongOf,
} from "./enumerate-faults.ts";
import { RecordedLog } from "./recorded-log.ts";
import { restoreFilesOnly } from "./restore-scenario.ts";

type Kind = { cases: number; attempt(index: number): Promise<Outcome> };
type Tally = { done: Record<string, number>; wrong: string[] };

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, tally: { type: "string", default: "disk-faults.json" } },
});
const untilMs = performance.now() + Number(values.seconds) * 1000;
const tally: Tally = existsSync(values.tally)
  ? (JSON.parse(readFileSync(values.tally, "utf8")) as Tally)
  : { done: {}, wrong: [] };

const log = await RecordedLog.record(RecordedLog.statements(41), 1024);
const captured = new ScenarioRun(log);
const failure = await captured.attempt((capture) => captureAll(captured, capture));
captured.disk.remove();
if (failure) throw failure;

const kinds = await listKinds();
const cases = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, kind.cases]));
let isOver = false;
while (!isOver) {
  isOver = true;
  for (const [name, kind] of Object.entries(kinds)) {
    const done = tally.done[name] ?? 0;
    if (done >= kind.cases || performance.now() > untilMs) continue;
    isOver = false;
    const outcome = await kind.attempt(spread(done, kind.cases));
    tally.done[name] = done + 1;
    tally.wrong.push(...wrongOf([outcome]), ...swallowedOf([outcome]).map((key) => `${key}: nobody was told`));
    writeFileSync(values.tally, JSON.stringify(tally));
  }
}
captured.end();
console.log(JSON.stringify({ ...tally, cases, wrong: tally.wrong.length, first: tally.wrong[0] ?? null }));
process.exitCode = tally.wrong.length > 0 ? 1 : 0;

async function listKinds(): Promise<Record<string, Kind>> {
  const restore: Steps = (run) => restoreFilesOnly(run);
  const calls = await listCalls(log, captureAll);
  const syncs = calls.filter(({ name }) => /sync/.test(name));
  const faults = await listFaults(log, captureAll);
  const restoreCalls = await listCalls(log, restore, captured);
  const restoreFaults = await listFaults(log, restore, captured);
  return {
    "capture, call fails": kindOf(faults, (fault) => tryFault(log, captureAll, fault)),
    "capture, power lost": kindOf(twice(calls), ({ item, seed }) => tryPowerLoss(log, captureAll, item, seed)),
    "capture, sync fails, then power lost": kindOf(twice(syncs), ({ item, seed }) =>
      tryFailedSync(log, captureAll, item, seed),
    ),
    "restore, call fails": kindOf(restoreFaults, (fault) => tryFault(log, restore, fault, captured, explain)),
    "restore, power lost": kindOf(twice(restoreCalls), ({ item, seed }) =>
      tryPowerLoss(log, restore, item, seed, () => null, captured),
    ),
  };
}

function kindOf<T>(list: readonly T[], attempt: (item: T) => Promise<Outcome>): Kind {
  return { cases: list.length, attempt: (index) => attempt(list[index] as T) };
}

/** Once with everything unsynced dropped, once by chance. */
function twice<T>(list: readonly T[]): { item: T; seed: number }[] {
  return list.flatMap((item, index) => [
    { item, seed: 0 },
    { item, seed: index + 1 },
  ]);
}

/** Goes through all indices in steps so wide that a part of them is spread over all. */
function spread(done: number, cases: number): number {
  let step = Math.max(1, Math.floor(cases * 0.618));
  while (greatestDivisor(step, cases) !== 1) step++;
  return (done * step) % cases;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function explain(error: unknown): ReturnType<Explain> {
  const { message, details } = explainFileError(error, "The restore failed", "restore_failed");
  return { cause: message, remedy: details.hint ?? "" };
}
