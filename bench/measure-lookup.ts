import { rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { BookmarkView, DatabaseView } from "../lib/client/api-types.ts";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import { BenchWorld } from "./bench-world.ts";
import { ascending, type Figure, type Measurement, percentile } from "./figure.ts";
import { makeLongHistory } from "./make-long-history.ts";

const GOAL_MS = 2;
const LOOK_UPS = 4000;
const WARM_UPS = 1000;
const DAY_MS = 86_400_000;

/**
 * From a time to its bookmark over the API, one question after the other on one connection, any moment of a history of the
 * length given; beside the same console's answer to a question for which it asks nobody. In a Lastgood of its own.
 */
export const measureLookup: Measurement = async ({ options }) => {
  const world = await BenchWorld.start(options);
  try {
    const { id, path: file } = await world.attach("looked-up");
    const directory = world.historyOf(id);
    await world.restart(async () => {
      rmSync(directory, { recursive: true });
      const toMs = Date.now() - 60_000;
      await makeLongHistory({ directory, commits: options.commits, fromMs: toMs - 20 * DAY_MS, toMs, database: file });
    });
    await untilProtected(world, id);
    const history = openHistory(directory);
    const [fromMs, toMs] = [history.oldest().timeMs, history.newest().timeMs];
    const commits = history.newest().txid;
    history.close();
    const ask = new Asker(world);
    const base = `/api/namespaces/${world.lastgood.namespace}/databases/${id}`;
    const lookUp = () => `${base}/bookmark?timestamp=${Math.floor(fromMs + Math.random() * (toMs - fromMs))}`;
    const resolved = JSON.parse((await ask.get(lookUp())).text) as BookmarkView;
    if (typeof resolved.bookmark !== "string") throw new Error("a look-up is answered with a bookmark");
    const floor = await ask.times(() => "/api/namespaces/no-such-namespace-of-anybody", WARM_UPS, 401);
    const took = await ask.times(lookUp, LOOK_UPS, 200);
    ask.close();
    const [p50, p99, slowest] = [percentile(took, 0.5), percentile(took, 0.99), took.at(-1) ?? 0];
    return [
      {
        name: `time to bookmark at ${commits} commits, p99`,
        value: p99,
        unit: "ms",
        baseline: percentile(floor, 0.99),
        ratio: null,
        goal: `<= ${GOAL_MS} ms`,
        isMet: p99 <= GOAL_MS,
        note: `p50 ${p50.toFixed(2)}, slowest ${slowest.toFixed(1)} ms of ${took.length}; baseline: a call that is refused by its token's form alone, p50 ${percentile(floor, 0.5).toFixed(2)} ms: what Next.js takes by itself`,
      } satisfies Figure,
    ];
  } finally {
    await world.close();
  }
};

async function untilProtected(world: BenchWorld, id: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { state, capture } = await world.call<DatabaseView>(`/databases/${id}`);
    if (state === "active" && capture?.state === "protected") return;
    await sleep(200);
  }
  throw new Error("the database with the long history is not protected");
}

/** One connection that is kept, as a program's. */
class Asker {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #world: BenchWorld;

  constructor(world: BenchWorld) {
    this.#world = world;
  }

  get(route: string, token = this.#world.lastgood.token): Promise<{ status: number; text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const headers = { authorization: `Bearer ${token}` };
    const asked = request(`${this.#world.lastgood.url}${route}`, { agent: this.#agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.on("error", reject);
    asked.end();
    return promise;
  }

  /** Milliseconds of each call, ascending. A 401 is asked for with a header that is no token. */
  async times(route: () => string, count: number, status: number): Promise<number[]> {
    const token = status === 401 ? "" : this.#world.lastgood.token;
    const took: number[] = [];
    for (let i = -WARM_UPS; i < count; i++) {
      const startedMs = performance.now();
      const answer = await this.get(route(), token);
      if (i >= 0) took.push(performance.now() - startedMs);
      if (answer.status !== status) throw new Error(`${answer.status}: ${answer.text}`);
    }
    return ascending(took);
  }

  close(): void {
    this.#agent.destroy();
  }
}
