import pino from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CaptureWatch } from "../../../lib/agent/capture-watch.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { CaptureState } from "../../../lib/domain/capture.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { forgetStop, listToldStops, tellStopped } from "../../../lib/services/events/capture-stops.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const LOOK_MS = 10_000;
const DISK_FULL = { cause: "The disk is full.", remedy: "Make room." };
let world: MetadataWorld;
let shop = "";
let clockMs = 0;
let state: CaptureState = "protected";
let isThere = true;
let startProblem: typeof DISK_FULL | null = null;

beforeAll(async () => {
  world = await openMetadataWorld();
  shop = await world.addDatabase(await world.addNamespace("acme"), "shop");
});
afterAll(() => world.close());
beforeEach(async () => {
  await metadata().event.deleteMany();
  await forgetStop(shop);
  [state, isThere, startProblem] = ["protected", true, null];
});

/** A run of the agent; another one knows nothing but what the metadata says. */
function startWatch(agentId?: string, before: readonly ProtectedDatabase[] = []): CaptureWatch {
  const db = { id: shop, name: "shop", engine: "sqlite", origin: "hosted", path: "/shop.db", windowDays: 30 } as const;
  return new CaptureWatch({
    databases: async (): Promise<ProtectedDatabase[]> => (isThere ? [...before, db] : []),
    status: async ({ id }) => {
      if (id === "broken") throw new Error("nobody answers");
      return { state, problem: state === "stopped" ? DISK_FULL : startProblem };
    },
    toldStops: async () => listToldStops(agentId ?? (await world.agentId())),
    tellStopped,
    forgetStop,
    log: pino({ level: "silent" }),
    nowMs: () => 1_795_000_000_000 + clockMs,
    steadyMs: () => clockMs,
  });
}

async function look(watch: CaptureWatch, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    clockMs += LOOK_MS;
    await watch.look();
  }
}

const told = () => metadata().event.count({ where: { type: "capture.stopped" } });

test("a stop is told once, with reason, remedy and since when, however often it is looked at", async () => {
  const watch = startWatch();
  await look(watch, 2);
  state = "stopped";
  const sinceMs = 1_795_000_000_000 + clockMs + LOOK_MS;
  await look(watch, 2);
  expect(await told()).toBe(0);
  await look(watch, 5);
  const [event, ...more] = await metadata().event.findMany();
  expect(more).toEqual([]);
  expect(event?.databaseId).toBe(shop);
  expect(JSON.parse(event?.payload ?? "")).toMatchObject({
    type: "capture.stopped",
    data: {
      database: { id: shop, name: "shop" },
      reason: DISK_FULL.cause,
      remedy: DISK_FULL.remedy,
      since: new Date(sinceMs).toISOString(),
    },
  });
});

test("what is over by itself at once is no stop", async () => {
  const watch = startWatch();
  for (let n = 0; n < 4; n++) {
    state = "stopped";
    await look(watch, 2);
    state = "protected";
    await look(watch, 1);
  }
  expect(await told()).toBe(0);
});

test("after a restart the same stop is not told again, also while capture only tries to begin", async () => {
  state = "stopped";
  await look(startWatch(), 4);
  expect(await told()).toBe(1);
  const restarted = startWatch();
  state = "starting";
  await look(restarted, 1);
  state = "stopped";
  await look(restarted, 4);
  expect(await told()).toBe(1);
});

test("the next stop is told of, once capture went on in between, also while no agent looked on", async () => {
  state = "stopped";
  const watch = startWatch();
  await look(watch, 4);
  state = "protected";
  await look(watch, 1);
  state = "stopped";
  await look(watch, 4);
  expect(await told()).toBe(2);
  const restarted = startWatch();
  state = "protected";
  await look(restarted, 1);
  state = "stopped";
  await look(restarted, 4);
  expect(await told()).toBe(3);
});

test("a start that says why it cannot begin is told after a minute, one that only takes long is not", async () => {
  state = "starting";
  const watch = startWatch();
  await look(watch, 12);
  expect(await told()).toBe(0);
  startProblem = { cause: "The log is not there.", remedy: "Set WAL mode." };
  await look(watch, 5);
  expect(await told()).toBe(0);
  await look(watch, 3);
  expect(await told()).toBe(1);
});

test("a database that cannot be looked at keeps no other one's stop from being told", async () => {
  const other = {
    id: shop,
    name: "shop",
    engine: "sqlite",
    origin: "hosted",
    path: "/shop.db",
    windowDays: 30,
  } as const;
  const watch = startWatch(undefined, [{ ...other, id: "broken" }]);
  state = "stopped";
  await look(watch, 4);
  expect(await told()).toBe(1);
});

test("a database that is gone leaves nothing behind", async () => {
  state = "stopped";
  const watch = startWatch();
  await look(watch, 4);
  const mine = await world.agentId();
  expect(await listToldStops(mine)).toEqual([shop]);
  isThere = false;
  // Another agent of the same store owns other databases: it leaves this one's alone.
  await look(startWatch("another agent"), 1);
  expect(await listToldStops(mine)).toEqual([shop]);
  await look(watch, 1);
  expect(await listToldStops(mine)).toEqual([]);
});
