import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const DB = "/api/namespaces/[ns]/databases/[db]";

async function addErasure(databaseId: string): Promise<string> {
  const id = randomUUID();
  const begins = { bookmark: "b", timeMs: 2 };
  const plan = { beforeMs: 2, oldestMs: 1, begins, labels: { count: 0, names: [] }, undos: 0, hasSecondCopy: false };
  const lists = { backups: { count: 0, keys: [], included: false }, previews: { count: 0, names: [] } };
  await metadata().erasure.create({
    data: {
      ...{ id, databaseId, beforeMs: 2n, bookmark: "b", timeMs: 2n, status: "waiting", createdAtMs: 1n },
      plan: JSON.stringify({ ...plan, ...lists }),
      runAfterMs: BigInt(Date.now() + 86_400_000),
    },
  });
  return id;
}

/** Who may call the routes of erasures. */
export const ERASURE_ROWS: Readonly<Record<string, Row>> = {
  [`GET ${DB}/erasures`]: { weakest: "admin", status: 200 },
  [`POST ${DB}/erasures`]: { weakest: "owner", status: 503, body: () => ({ beforeMs: 1_795_244_288_123 }) },
  [`POST ${DB}/erasures/plan`]: { weakest: "admin", status: 503, body: () => ({ beforeMs: 1_795_244_288_123 }) },
  [`DELETE ${DB}/erasures/[id]`]: {
    weakest: "admin",
    status: 200,
    params: async (_: RouteWorld, databaseId: string) => ({ id: await addErasure(databaseId) }),
    foreign: async (world: RouteWorld) => ({ id: await addErasure(world.theirs) }),
  },
};
