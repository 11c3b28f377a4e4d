import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const ALARMS = "/api/namespaces/[ns]/alarms";

export async function addAlarm(databaseId: string): Promise<string> {
  const { namespaceId } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  const id = randomUUID();
  const said = { kind: "gap", state: "raised", text: "A gap.", remedy: "Look.", figures: "{}" };
  await metadata().alarm.create({ data: { id, namespaceId, databaseId, ...said, sinceMs: 1n, createdAtMs: 1n } });
  return id;
}

const alarm = {
  limited: 404,
  params: async (world: RouteWorld) => ({ id: await addAlarm(world.shop) }),
  foreign: async (world: RouteWorld) => ({ id: await addAlarm(world.theirs) }),
};
/** Nobody changes the settings here: the version that is sent is none that there is. */
const settings = () => ({ toAdmins: true, recipients: [], massDeleteRows: null, version: 10_000 });

/** Who may call the routes of alarms; see `ROWS`. */
export const ALARM_ROWS: Record<string, Row> = {
  [`GET ${ALARMS}`]: { weakest: "viewer", status: 200, limited: 200 },
  [`GET ${ALARMS}/[id]`]: { weakest: "viewer", status: 200, ...alarm },
  [`POST ${ALARMS}/[id]/acknowledge`]: { weakest: "member", status: 200, body: () => ({}), ...alarm },
  [`POST ${ALARMS}/[id]/resolve`]: { weakest: "admin", status: 200, body: () => ({ reason: "Seen to." }), ...alarm },
  [`GET ${ALARMS}/settings`]: { weakest: "admin", status: 200 },
  [`PUT ${ALARMS}/settings`]: { weakest: "owner", status: 409, body: settings },
  // No e-mail server is set.
  [`POST ${ALARMS}/test`]: { weakest: "admin", status: 409 },
};
