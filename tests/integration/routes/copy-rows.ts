import { metadata } from "../../../lib/db/client.ts";
import { addRestore, type Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const COPIES = "/api/namespaces/[ns]/copies";

/** A database that was brought back from a copy, and how it was. */
export async function addCopyRestore(databaseId: string): Promise<string> {
  const id = await addRestore(databaseId, "new_database");
  await metadata().restore.update({
    where: { id },
    data: { sourceKind: "second_copy", copyId: "shop.0123", targetDatabaseId: databaseId },
  });
  return id;
}

const restoreParams = {
  params: async (world: RouteWorld) => ({ id: await addCopyRestore(world.shop) }),
  foreign: async (world: RouteWorld) => ({ id: await addCopyRestore(world.theirs) }),
};

/** Who may look at the bucket of second copies, which holds the databases of all namespaces. No agent runs that could read it. */
export const COPY_ROWS: Readonly<Record<string, Row>> = {
  [`GET ${COPIES}`]: { weakest: "owner", status: 503 },
  [`POST ${COPIES}/[id]/bring-back`]: {
    weakest: "owner",
    status: 503,
    body: () => ({}),
    params: async () => ({ id: "shop.0123" }),
  },
  [`GET ${COPIES}/restores`]: { weakest: "owner", status: 200 },
  [`GET ${COPIES}/restores/[id]`]: { weakest: "owner", status: 200, ...restoreParams },
  [`DELETE ${COPIES}/restores/[id]`]: { weakest: "owner", status: 409, ...restoreParams },
};
