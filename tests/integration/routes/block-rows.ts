import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const BASE = "/admin/backup";

async function addDocument(databaseId: string): Promise<string> {
  const id = randomUUID();
  const { namespaceId } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  await metadata().backup.create({
    data: {
      id,
      namespaceId,
      databaseId,
      key: `20261121T195508Z-${id.slice(-12)}`,
      kind: "portable",
      trigger: "manual",
      status: "completed",
      bookmark: `00000001-00000000-00000001-${"ab".repeat(16)}`,
      timeMs: 1_795_244_288_123n,
      sizeBytes: 10n,
      rawBytes: 20n,
      sha256: "ab".repeat(32),
      createdAtMs: 1_795_244_288_123n,
    },
  });
  return id;
}

const one = {
  limited: 404,
  params: async (world: RouteWorld) => ({ id: await addDocument(world.shop) }),
  foreign: async (world: RouteWorld) => ({ id: await addDocument(world.theirs) }),
};

/** Who may call the routes of the backup block, which the world's configuration has for the database shop; see `ROWS`. */
export const BLOCK_ROWS: Record<string, Row> = {
  [`GET ${BASE}`]: { weakest: "viewer", status: 200, limited: 404 },
  [`POST ${BASE}`]: { weakest: "member", status: 202, limited: 404, headers: { prefer: "respond-async" } },
  [`GET ${BASE}/[id]`]: { weakest: "viewer", status: 200, ...one },
  [`GET ${BASE}/[id]/download`]: { weakest: "member", status: 503, ...one },
  [`POST ${BASE}/[id]/restore`]: { weakest: "admin", status: 503, ...one },
};
