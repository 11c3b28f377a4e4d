import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const NS = "/api/namespaces/[ns]";

/** An agent that has one database of a namespace, and nothing of anybody else's. */
async function addAgentOf(world: RouteWorld, namespaceId: string): Promise<string> {
  const databaseId = await world.addDatabase(namespaceId, `a-${randomUUID().slice(0, 8)}`);
  const id = randomUUID();
  await metadata().agent.create({ data: { id, region: "far", epoch: 1, seenAtMs: 1n, socketPath: "/none" } });
  await metadata().database.update({ where: { id: databaseId }, data: { agentId: id } });
  return id;
}

const agentParams = {
  params: async (world: RouteWorld) => ({ id: await addAgentOf(world, world.acme) }),
  foreign: async (world: RouteWorld) => ({ id: await addAgentOf(world, world.other) }),
};

/** Who may call the routes of agents. */
export const AGENT_ROWS: Readonly<Record<string, Row>> = {
  [`GET ${NS}/disk-budgets`]: { weakest: "admin", status: 200 },
  [`GET ${NS}/agents/[id]/disk-budget`]: { weakest: "admin", status: 200, ...agentParams },
  [`PUT ${NS}/agents/[id]/disk-budget`]: {
    weakest: "owner",
    status: 200,
    body: () => ({ budgetBytes: 1e9, version: 0 }),
    ...agentParams,
  },
};
