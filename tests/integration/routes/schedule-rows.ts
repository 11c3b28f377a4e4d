import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const NS = "/api/namespaces/[ns]";
const SCHEDULES = `${NS}/databases/[db]/schedules`;
const DEFAULT = "/v1/projects/[id]/scheduled-backups/default";

export async function addSchedule(databaseId: string, name = `s-${randomUUID()}`): Promise<string> {
  const { namespaceId } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  const nameKey = { databaseId_nameKey: { databaseId, nameKey: name } };
  const row = await metadata().schedule.upsert({
    where: nameKey,
    update: {},
    create: {
      id: randomUUID(),
      namespaceId,
      databaseId,
      name,
      nameKey: name,
      kind: "physical",
      cron: "30 2 * * *",
      zone: "UTC",
      decidedToMs: BigInt(Date.now()),
      createdAtMs: 1n,
      updatedAtMs: 1n,
    },
  });
  return row.id;
}

const schedule = {
  params: async (_: RouteWorld, databaseId: string) => ({ id: await addSchedule(databaseId) }),
  foreign: async (world: RouteWorld) => ({ id: await addSchedule(world.theirs) }),
};
const daily = {
  limited: 404,
  params: async (world: RouteWorld) => {
    await addSchedule(world.shop, "default");
    return { id: world.shop };
  },
  foreign: async (world: RouteWorld) => ({ id: world.theirs }),
};

/** Who may call the routes of schedules; see `ROWS`. */
export const SCHEDULE_ROWS: Record<string, Row> = {
  [`GET ${NS}/schedules`]: { weakest: "viewer", status: 200, limited: 200 },
  [`GET ${SCHEDULES}`]: { weakest: "viewer", status: 200 },
  [`POST ${SCHEDULES}`]: {
    weakest: "admin",
    status: 201,
    body: () => ({ name: `s-${randomUUID()}`, cron: "30 2 * * *" }),
    // A database has room for only so many.
    params: async (world) => ({ db: await world.addDatabase(world.acme, `s-${randomUUID().slice(0, 8)}`) }),
  },
  [`GET ${SCHEDULES}/[id]`]: { weakest: "viewer", status: 200, ...schedule },
  [`PATCH ${SCHEDULES}/[id]`]: {
    weakest: "admin",
    status: 200,
    body: () => ({ active: false, version: 0 }),
    ...schedule,
  },
  [`DELETE ${SCHEDULES}/[id]`]: { weakest: "admin", status: 204, ...schedule },
  [`POST ${SCHEDULES}/[id]/run`]: { weakest: "member", status: 202, ...schedule },
  [`GET ${DEFAULT}`]: { weakest: "viewer", status: 200, ...daily },
  [`PUT ${DEFAULT}`]: {
    weakest: "admin",
    status: 200,
    body: () => ({ hour: 2, minute: 30, active: true, retention_days: 30 }),
    ...daily,
  },
};
