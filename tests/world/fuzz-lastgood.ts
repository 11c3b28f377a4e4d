import { Agent, request } from "node:http";
import fc from "fast-check";
import { type FuzzAnswer, findFault } from "./find-fault.ts";
import { type FuzzedCall, type FuzzPool, fuzzedCalls } from "./fuzz-calls.ts";
import { LearntIds } from "./learnt-ids.ts";

/*
 * Calls made out of the OpenAPI document, sent to a whole Lastgood over HTTP: what stands before the routes and the agent behind
 * them are there. Their order is by `seed`; what each of them meets is not, since several are under way at once.
 */
export type FuzzOptions = {
  seconds: number;
  seed?: number;
  /** Ids of operations that are left out. */
  except?: readonly string[];
  /** Calls that are left out, whatever their operation. */
  leaveOut?: (call: FuzzedCall) => boolean;
  /** Calls under way at once. */
  lanes?: number;
  /** An answer may take so long; five times as long where the call itself asks to be kept waiting for an end. */
  limitMs?: number;
};
export type FuzzReport = {
  seed: number;
  seconds: number;
  calls: number;
  operations: number;
  byStatus: Record<string, number>;
  slowestMs: number;
  slowest: string;
  failures: string[];
};
export type FuzzTarget = {
  url: string;
  /** Process id of each of its processes. */
  pidOf(process: string): number | null;
  pool: FuzzPool;
  /** What no answer may tell: other people's names, tokens, the installation's secret. */
  secrets: readonly string[];
  /** What no refusal may tell: folders of the installation. */
  folders: readonly string[];
};

/** They would take away what the others are tried with, or connect to addresses that are no one's. */
export const FUZZ_EXCEPT: readonly string[] = [
  "deleteDatabase",
  "setStore",
  "testStore",
  "revokeToken",
  "removeMember",
  "changeRole",
  "d1DeleteDatabase",
];
const PROCESSES = ["console", "agent", "reader", "receiver", "keeper-a", "keeper-b"];
const BATCH = 40;
const MOST_FAILURES = 30;
/** Of every so many calls one waits for its end. */
const ONE_WAITS_OF = 12;

/** Sends calls until the time is over, then waits for those under way. Never throws for what Lastgood does. */
export async function fuzzLastgood(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const { seconds, seed = Date.now() % 1_000_000, except = [], leaveOut, lanes = 4, limitMs = 10_000 } = options;
  const arbitrary = await fuzzedCalls(target.pool, except);
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const [byStatus, operations, failures] = [
    new Map<number, number>(),
    new Set<string>(),
    new Map<string, FuzzedCall>(),
  ];
  const pids = () => PROCESSES.map((process) => `${process} ${target.pidOf(process)}`);
  const before = pids();
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;
  let [calls, batches, slowestMs, slowest] = [0, 0, 0, ""];
  const learnt = new LearntIds();
  let waiting: FuzzedCall[] = [];
  const next = (): FuzzedCall => {
    if (waiting.length === 0) waiting = fc.sample(arbitrary, { numRuns: BATCH, seed: seed + batches++ });
    return waiting.pop() as FuzzedCall;
  };
  const fail = (call: FuzzedCall, says: string) => {
    if (failures.size < MOST_FAILURES) failures.set(`${call.id}: ${says}`.slice(0, 300), call);
  };

  async function lane(): Promise<void> {
    while (performance.now() < untilMs) {
      const call = learnt.use(next());
      if (leaveOut?.(call)) continue;
      calls += 1;
      operations.add(call.id);
      const waits = calls % ONE_WAITS_OF === 0;
      const patienceMs = waits ? 5 * limitMs : limitMs;
      const sentMs = performance.now();
      try {
        const answer = await send(target.url, agent, call, waits, patienceMs);
        learnt.learn(call, answer.status, answer.text);
        byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
        const found = await judge(target, call, answer);
        if (found !== null) fail(call, found);
      } catch (error) {
        fail(call, error instanceof Error ? error.message : String(error));
      }
      const tookMs = performance.now() - sentMs;
      if (tookMs > slowestMs && !waits) [slowestMs, slowest] = [tookMs, call.id];
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  agent.destroy();
  const ended = pids().filter((one) => !before.includes(one));
  const told = [...failures].map(([found, call]) => `${found}\n${JSON.stringify(call).slice(0, 600)}`);
  return {
    seed,
    seconds: Math.round((performance.now() - startedMs) / 1000),
    calls,
    operations: operations.size,
    byStatus: Object.fromEntries([...byStatus].sort(([a], [b]) => a - b)),
    slowestMs: Math.round(slowestMs),
    slowest,
    failures: [...told, ...ended.map((one) => `a process ended and was started anew: now ${one}`)],
  };
}

/** The address of a call, its parameters written into it. */
const addressOf = ({ path, params, query }: FuzzedCall): string =>
  path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? "")) + query;

async function send(
  url: string,
  agent: Agent,
  call: FuzzedCall,
  waits: boolean,
  patienceMs: number,
): Promise<FuzzAnswer> {
  const { hostname: host, port } = new URL(url);
  const { method, body } = call;
  const headers = {
    ...(waits ? {} : { prefer: "respond-async" }),
    ...(body === null ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    ...call.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path: addressOf(call), headers, agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.once("error", reject);
      answer.once("end", () => {
        clearTimeout(timer);
        const { statusCode = 0, headersDistinct } = answer;
        const told = Object.entries(headersDistinct).map(([name, values]) => [name, values?.join(", ") ?? ""]);
        resolve({ status: statusCode, headers: new Headers(told as [string, string][]), text });
      });
    });
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
    // Whoever refuses a body may close before all of it came; what was answered counts.
    sent.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(body ?? undefined);
  });
}

async function judge({ secrets, folders }: FuzzTarget, call: FuzzedCall, answer: FuzzAnswer): Promise<string | null> {
  // What a caller has sent may come back in words about that.
  const said = JSON.stringify(call);
  const hidden = secrets.filter((secret) => !said.includes(secret));
  const isRefusal = answer.status >= 400;
  const forbidden = isRefusal ? [...hidden, ...folders.filter((one) => !said.includes(one))] : hidden;
  return findFault(leadsElsewhere(call) ? elsewhere(call) : call, answer, forbidden);
}

/** A parameter of dots, or none, makes another address of it. */
const leadsElsewhere = ({ params }: FuzzedCall) => Object.values(params).some((value) => /^\.{0,2}$/.test(value));
/** What the document does not know is judged by what everything is. */
const elsewhere = (call: FuzzedCall) => ({ ...call, path: "/" });
