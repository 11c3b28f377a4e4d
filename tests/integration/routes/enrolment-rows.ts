import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const AGENTS = "/api/namespaces/[ns]/agents";

async function addEnrolment(namespaceId: string): Promise<string> {
  const id = randomUUID();
  const made = { createdAtMs: 1n, createdBy: "an owner", expiresAtMs: 2n };
  await metadata().agentEnrolment.create({ data: { id, namespaceId, region: "east", sealedKey: "", ...made } });
  return id;
}

const agent = { params: async (world: RouteWorld) => ({ id: await world.agentId() }) };

/** Metadata in a file has one agent for good. */
const onStore = (shared: number) => (process.env.LASTGOOD_TEST_METADATA === "postgres" ? shared : 501);

/** Who may call the routes of agents. The one that there is owns databases. */
export const ENROLMENT_ROWS: Readonly<Record<string, Row>> = {
  [`GET ${AGENTS}`]: { weakest: "admin", status: 200 },
  [`GET ${AGENTS}/[id]`]: { weakest: "admin", status: 200, ...agent },
  [`POST ${AGENTS}/[id]/retire`]: { weakest: "owner", status: onStore(409), ...agent },
  [`GET ${AGENTS}/enrolments`]: { weakest: "admin", status: 200 },
  [`POST ${AGENTS}/enrolments`]: { weakest: "owner", status: onStore(201), body: () => ({ region: "east" }) },
  [`DELETE ${AGENTS}/enrolments/[id]`]: {
    weakest: "owner",
    status: 204,
    params: async (world) => ({ id: await addEnrolment(world.acme) }),
    foreign: async (world) => ({ id: await addEnrolment(world.other) }),
  },
};
