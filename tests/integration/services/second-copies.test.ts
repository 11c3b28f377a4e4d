import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { SecondCopyState } from "../../../lib/domain/second-copy.ts";
import { decideAlarms } from "../../../lib/services/alarms/decide-alarms.ts";
import { secondCopyBehind } from "../../../lib/services/alarms/facts/second-copy-behind.ts";
import { listAlarms } from "../../../lib/services/alarms/list-alarms.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import {
  forgetSecondCopies,
  forgetSecondCopy,
  listPurgedCopies,
  readSecondCopies,
  writeSecondCopy,
} from "../../../lib/services/second-copy/second-copies.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60_000;
const KEPT_UP: SecondCopyState = {
  place: "elsewhere",
  shippedUntilMs: NOW - 500,
  shippedBookmark: "00000001-00000000-00000001-00000000000000000000000000000000",
  shippedTxid: 1,
  behindSinceMs: null,
  lastError: null,
  verifiedAtMs: null,
  damagedObjects: 0,
  sizeBytes: 4096,
  checkedAtMs: NOW,
};
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
  world = await openScheduleWorld(metadataWorld);
});
afterAll(() => metadataWorld.close());

const tell = (change: Partial<SecondCopyState>) => writeSecondCopy(world.databaseId, { ...KEPT_UP, ...change });
async function look(nowMs: number): Promise<string[]> {
  const seen = { databases: new Map(), clockJumps: [] };
  await decideAlarms(agentContext(world.agent.agentId, "alarms"), world.agent, {
    nowMs,
    seen,
    sources: [secondCopyBehind],
  });
  const { alarms } = await listAlarms(world.owner, { namespace: world.of.namespace });
  return alarms.map(({ kind, state }) => `${kind} ${state}`);
}

test("what an agent tells of a copy is read as it was told, and replaced by what it tells next", async () => {
  await tell({});
  expect(await readSecondCopies([world.databaseId, "another"])).toEqual(new Map([[world.databaseId, KEPT_UP]]));
  const later = { behindSinceMs: NOW, lastError: "The store is full.", damagedObjects: 2, shippedUntilMs: null };
  await tell(later);
  expect((await readSecondCopies([world.databaseId])).get(world.databaseId)).toEqual({ ...KEPT_UP, ...later });
});

test("a copy that is behind for minutes raises an alarm, which is resolved once it has caught up; one that has lost objects raises one", async () => {
  await tell({});
  expect(await look(NOW)).toEqual([]);
  await tell({ behindSinceMs: NOW, lastError: "The store is full." });
  expect(await look(NOW + 4 * MINUTE)).toEqual([]);
  expect(await look(NOW + 6 * MINUTE)).toEqual(["second_copy_behind raised"]);
  await tell({});
  expect(await look(NOW + 7 * MINUTE)).toEqual(["second_copy_behind resolved"]);
  await tell({ damagedObjects: 3 });
  expect(await look(NOW + 8 * MINUTE)).toEqual(["second_copy_behind raised", "second_copy_behind resolved"]);
  await tell({});
  expect(await look(NOW + 9 * MINUTE)).toEqual(["second_copy_behind resolved", "second_copy_behind resolved"]);
  await tell({ lastError: "segment-1 on this machine is not what was shipped before." });
  expect((await look(NOW + 10 * MINUTE))[0]).toBe("second_copy_behind raised");
});

test("copies of purged databases are to be removed, and those of an agent without a bucket are forgotten", async () => {
  const { agentId } = world.agent;
  await tell({});
  expect(await listPurgedCopies(agentId)).toEqual([]);
  await metadata().database.update({ where: { id: world.databaseId }, data: { state: "purged" } });
  expect(await listPurgedCopies(agentId)).toEqual([world.databaseId]);
  expect(await listPurgedCopies("another")).toEqual([]);
  await forgetSecondCopy(world.databaseId);
  expect(await listPurgedCopies(agentId)).toEqual([]);
  await tell({});
  await forgetSecondCopies(agentId);
  expect((await readSecondCopies([world.databaseId])).size).toBe(0);
});
