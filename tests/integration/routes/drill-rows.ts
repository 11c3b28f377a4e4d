import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const DB = "/api/namespaces/[ns]/databases/[db]";

export async function addDrill(databaseId: string): Promise<string> {
  const id = randomUUID();
  const receipt = '{"payload":"","protected":"","signature":""}';
  const asked = { trigger: "manual", aims: '["latest"]', assertions: "[]" };
  await metadata().drill.create({ data: { id, databaseId, ...asked, status: "passed", receipt, createdAtMs: 1n } });
  return id;
}

const drillParams = {
  params: async (_: RouteWorld, databaseId: string) => ({ id: await addDrill(databaseId) }),
  foreign: async (world: RouteWorld) => ({ id: await addDrill(world.theirs) }),
};
/** A database has one plan, and one drill at a time. */
const ofNewDatabase = {
  params: async (world: RouteWorld) => ({ db: await world.addDatabase(world.acme, `d-${randomUUID().slice(0, 8)}`) }),
};

/** Who may call the routes of drills. */
export const DRILL_ROWS: Readonly<Record<string, Row>> = {
  [`GET ${DB}/drills`]: { weakest: "viewer", status: 200 },
  [`POST ${DB}/drills`]: { weakest: "member", status: 202, body: () => ({}), ...ofNewDatabase },
  [`GET ${DB}/drills/[id]`]: { weakest: "viewer", status: 200, ...drillParams },
  [`POST ${DB}/drills/[id]/cancel`]: { weakest: "member", status: 409, ...drillParams },
  [`GET ${DB}/drills/[id]/receipt`]: { weakest: "viewer", status: 200, ...drillParams },
  [`PUT ${DB}/drill-plan`]: {
    weakest: "admin",
    status: 200,
    body: () => ({ cron: "30 3 * * 0", version: 0 }),
    ...ofNewDatabase,
  },
};
