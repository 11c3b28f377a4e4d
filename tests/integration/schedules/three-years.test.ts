import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "../services/schedule-world.ts";
import { FORGETS_DOWNTIME, FORGETS_RUNS, findFaults, liveThrough } from "./scheduler-world.ts";

const SEED = Number(process.env.LASTGOOD_SCHEDULE_SEED ?? 7);
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  world = await openScheduleWorld(metadataWorld);
});
afterEach(() => {
  vi.useRealTimers();
});

test("in three years in four zones, away most of the time, no run is missed in silence and none takes place twice", async () => {
  const years = { from: "2026-01-01T00:00:00Z", to: "2029-01-01T00:00:00Z", seed: SEED };
  const { watched, outages, looks, putBack } = await liveThrough(world, years);
  expect(await findFaults(world, watched)).toEqual([]);
  const outcomes: Record<string, number> = {};
  for (const { id } of watched) {
    for (const { outcome } of await metadata().scheduleRun.findMany({ where: { scheduleId: id } })) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  }
  const due = watched.reduce((sum, one) => sum + one.due.length, 0);
  process.stdout.write(`${JSON.stringify({ due, outages, looks, putBack, outcomes })}\n`);
  // It was no easy life: everything that can happen to a run happened.
  expect(Math.min(...["started", "caught_up", "missed", "skipped"].map((one) => outcomes[one] ?? 0))).toBeGreaterThan(
    10,
  );
  expect(outages).toBeGreaterThan(50);
});

test.each([
  ["forgets what came due while it was away", FORGETS_DOWNTIME, /missed in silence/],
  ["forgets what it has begun", FORGETS_RUNS, /took place twice/],
])("a scheduler that %s is found out", async (_, broken, fault) => {
  const months = { from: "2026-02-01T00:00:00Z", to: "2026-03-10T00:00:00Z", seed: SEED, broken };
  const { watched } = await liveThrough(world, months);
  expect((await findFaults(world, watched)).join("\n")).toMatch(fault);
});
