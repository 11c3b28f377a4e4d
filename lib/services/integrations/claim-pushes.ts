import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";

const INCLUDE = { integration: { include: { namespace: { select: { deletedAtMs: true } } } } } as const;

export type ClaimedPush = Prisma.IntegrationPushGetPayload<{ include: typeof INCLUDE }>;

/** Claims up to `limit` pushes that are due; of several agents one gets each. See `claimDeliveries`. */
export async function claimPushes(
  { holder, leaseMs }: { holder: string; leaseMs: number },
  limit: number,
): Promise<ClaimedPush[]> {
  const now = nowMs();
  const rows = await metadata().integrationPush.findMany({
    where: {
      status: "pending",
      nextAtMs: { lte: now },
      OR: [{ leaseUntilMs: null }, { leaseUntilMs: { lt: now } }],
    },
    include: INCLUDE,
    orderBy: [{ nextAtMs: "asc" }, { id: "asc" }],
    take: limit,
  });
  const claimed: ClaimedPush[] = [];
  for (const row of rows) {
    const version = row.version + 1;
    const leaseUntilMs = now + BigInt(leaseMs);
    const { count } = await metadata().integrationPush.updateMany({
      where: { id: row.id, version: row.version, status: "pending" },
      data: { leaseOwner: holder, leaseUntilMs, version },
    });
    if (count === 1) claimed.push({ ...row, leaseOwner: holder, leaseUntilMs, version });
  }
  return claimed;
}
