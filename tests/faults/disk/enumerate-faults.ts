import { describeProblem, mayPass, type Problem } from "../../../lib/engines/sqlite/reader/capture-problem.ts";
import { ScenarioRun } from "./capture-scenario.ts";
import type { Call, CallName, Trouble } from "./faulty-disk.ts";
import type { RecordedLog } from "./recorded-log.ts";
import { SteppedCapture } from "./stepped-capture.ts";
import { type Chance, DROP_ALL, seededChance } from "./unsynced-file.ts";

export type Steps = (run: ScenarioRun, capture: SteppedCapture) => Promise<void>;
/** What people hear of an error. */
export type Explain = (error: unknown, directory: string) => Problem;
export type Fault = { key: string; name: CallName; trouble: Trouble };
export type Outcome = { fault: Fault; told: "error" | "nothing"; wrong: string | null };

const CREATES: ReadonlySet<CallName> = new Set([
  ...(["openSync", "write", "writeSync", "writeFileSync", "ftruncateSync", "renameSync", "mkdirSync"] as const),
  ...(["copyFileSync", "fsync", "fsyncSync", "fdatasync", "fdatasyncSync"] as const),
]);
const OPENS: ReadonlySet<CallName> = new Set([
  ...(["openSync", "readFileSync", "readdirSync", "copyFileSync", "writeFileSync"] as const),
]);
const MOVES: ReadonlySet<CallName> = new Set(["write", "writeSync", "readSync"] as const);
const INTERRUPTED: ReadonlySet<CallName> = new Set(["readSync", "closeSync"] as const);

/** What may go wrong with a call, as the system's manuals name it for this kind of call. */
function troublesOf(name: CallName): Trouble[] {
  const troubles: Trouble[] = name === "existsSync" ? [] : [{ code: "EIO" }];
  if (CREATES.has(name)) troubles.push({ code: "ENOSPC" }, { code: "EDQUOT" });
  if (OPENS.has(name)) troubles.push({ code: "EMFILE" });
  if (MOVES.has(name)) troubles.push({ short: true });
  if (INTERRUPTED.has(name)) troubles.push({ code: "EINTR" });
  return troubles;
}

/** Every call of a healthy run, in its order. */
export async function listCalls(log: RecordedLog, steps: Steps, from?: ScenarioRun): Promise<readonly Call[]> {
  const run = new ScenarioRun(log, from);
  try {
    const error = await run.attempt((capture) => steps(run, capture));
    if (error) throw error;
    return [...run.disk.calls];
  } finally {
    run.end();
  }
}

/** Every call index with everything that may go wrong with it. */
export async function listFaults(log: RecordedLog, steps: Steps, from?: ScenarioRun): Promise<Fault[]> {
  return (await listCalls(log, steps, from)).flatMap(({ key, name }) =>
    troublesOf(name).map((trouble) => ({ key, name, trouble })),
  );
}

/**
 * Runs the scenario with this one fault, then asks for everything that was told durable, and goes on without it. `from`: a
 * run whose history it begins with; then the scenario itself is done again.
 */
export async function tryFault(
  log: RecordedLog,
  steps: Steps,
  fault: Fault,
  from?: ScenarioRun,
  explain: Explain = describeProblem,
): Promise<Outcome> {
  const run = new ScenarioRun(log, from);
  try {
    let met = false;
    if (from) run.repeat = () => steps(run, new SteppedCapture(log, run.directory));
    run.disk.trouble = (call) => {
      if (call.key !== fault.key) return null;
      met = true;
      return fault.trouble;
    };
    const error = await run.attempt((capture) => steps(run, capture));
    const told = error === null ? "nothing" : "error";
    if (!met) return { fault, told, wrong: "the call was never reached" };
    const leak = run.leaks();
    const unexplained = error === null ? null : whatIsUnexplained(error, fault, explain(error, run.directory));
    return { fault, told, wrong: unexplained ?? leak ?? (await run.recover()) };
  } finally {
    run.end();
  }
}

/** Runs the scenario up to this call, takes the power away, and looks at what is left. `before` is a control. */
export async function tryPowerLoss(
  log: RecordedLog,
  steps: Steps,
  call: Call,
  seed: number,
  before: Aftermath = () => null,
  from?: ScenarioRun,
): Promise<Outcome> {
  const fault: Fault = { key: `${call.key} (power, seed ${seed})`, name: call.name, trouble: "cut" };
  const run = new ScenarioRun(log, from);
  try {
    if (from) run.repeat = () => steps(run, new SteppedCapture(log, run.directory));
    run.disk.trouble = (each) => (each.key === call.key ? "cut" : before(each));
    const error = await run.attempt((capture) => steps(run, capture));
    if (!run.disk.isOff || error === null)
      return { fault, told: "error", wrong: `it ended otherwise: ${String(error)}` };
    const chance: Chance = seed === 0 ? DROP_ALL : seededChance(seed);
    run.disk.losePower(chance);
    return { fault, told: "error", wrong: await run.recover() };
  } finally {
    run.end();
  }
}

/** What becomes of the calls from the failed sync on. */
export type Aftermath = (call: Call) => Trouble;

/** The disk that a careless engine would have: what a failed sync left is neither cut off nor written again. */
export function carelessly(): Aftermath {
  let isTrusted = false;
  return ({ name, file }) => {
    if (isTrusted || !file.endsWith(".open")) return null;
    if (name === "fsyncSync") isTrusted = true;
    return name === "ftruncateSync" || name === "writeSync" ? { lie: true } : null;
  };
}

/**
 * One sync fails; what it should have written is lost on the disk, though still read back. The capture stops, begins again,
 * goes on to the end of the log; then the power goes. Nothing that was told durable, before or after, may be missing.
 * `aftermath` is a control: what it does to the recovery must be noticed.
 */
export async function tryFailedSync(
  log: RecordedLog,
  steps: Steps,
  call: Call,
  seed: number,
  aftermath: Aftermath = () => null,
): Promise<Outcome> {
  const fault: Fault = { key: `${call.key} (failed sync, seed ${seed})`, name: call.name, trouble: { code: "EIO" } };
  const run = new ScenarioRun(log);
  try {
    run.disk.failedSync = seed === 0 ? DROP_ALL : seededChance(seed);
    let hasFailed = false;
    run.disk.trouble = (each) => {
      if (hasFailed) return aftermath(each);
      hasFailed = each.key === call.key;
      return hasFailed ? fault.trouble : null;
    };
    const error = await run.attempt((capture) => steps(run, capture));
    if (error === null) return { fault, told: "nothing", wrong: "nobody was told" };
    const wrong = await run.recover(aftermath);
    if (wrong) return { fault, told: "error", wrong };
    run.disk.losePower(DROP_ALL);
    return { fault, told: "error", wrong: await run.recover() };
  } finally {
    run.end();
  }
}

/** An error must say what happened and what to do, and what passes by itself must be tried again by itself. */
function whatIsUnexplained(error: unknown, fault: Fault, { cause, remedy }: Problem): string | null {
  if (cause.length < 20 || remedy.length < 20) return `no cause or remedy: ${cause} ${remedy}`;
  const code = typeof fault.trouble === "object" && fault.trouble && "code" in fault.trouble ? fault.trouble.code : "";
  const passes = ["ENOSPC", "EDQUOT", "EMFILE", "EINTR"].includes(code);
  if (passes && !mayPass(error)) return `${code} is not tried again by itself: ${String(error)}`;
  if ((code === "ENOSPC" || code === "EDQUOT") && !/full|left/.test(cause))
    return `a full disk is not called so: ${cause}`;
  return null;
}

/** What is wrong with these outcomes, each with the fault that led to it. */
export function wrongOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ fault, wrong }) =>
    wrong === null ? [] : [`${fault.key} ${JSON.stringify(fault.trouble)}: ${wrong}`],
  );
}

/** Faults of which nobody was told: only a short read or write, which goes on where it stopped, may be among them. */
export function swallowedOf(outcomes: readonly Outcome[]): string[] {
  const silent = outcomes.filter(({ told, wrong }) => told === "nothing" && wrong === null);
  const swallowed = silent.filter(
    ({ fault: { trouble } }) => !(trouble && typeof trouble === "object" && "short" in trouble),
  );
  return swallowed.map(({ fault }) => `${fault.key} ${JSON.stringify(fault.trouble)}`);
}

/** Which share of all cases runs, 1 for every one (`LASTGOOD_TEST_SHARE`), and where in them it begins. */
export const SHARE = Number(process.env.LASTGOOD_TEST_SHARE ?? 0.015);
export const SEED = Number(process.env.LASTGOOD_TEST_SEED ?? Date.now() % 1000);

/** Tries one after the other, each with a seed of its own. */
export async function tryEach<T>(
  list: readonly T[],
  attempt: (item: T, seed: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes = [];
  for (const [index, item] of list.entries()) outcomes.push(await attempt(item, SEED + index));
  return outcomes;
}

/** Some of a list by a seed: every one when `share` is 1. */
export function sample<T>(list: readonly T[], share: number, seed: number): T[] {
  const step = Math.max(1, Math.round(1 / share));
  return list.filter((_, index) => (index + seed) % step === 0);
}
