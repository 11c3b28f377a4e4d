import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";

/** So often the variables of one database may be pushed by hand through one integration; what restores ask for does not count. */
export const MOST_PUSHES_AN_HOUR = 60;
const HOUR_MS = 3_600_000n;

/** Refuses a push by hand beyond that: `rate_limited`, until the oldest one is an hour ago. */
export async function requireRoomToPush(
  tx: MetadataTransaction,
  { id, name }: { id: string; name: string },
  databases: readonly string[],
): Promise<void> {
  const now = nowMs();
  const recent = { integrationId: id, restoreId: null, createdAtMs: { gt: now - HOUR_MS } };
  const pushed = await tx.integrationPush.groupBy({
    by: ["databaseId"],
    where: { ...recent, databaseId: { in: [...databases] } },
    _count: { _all: true },
    _min: { createdAtMs: true },
  });
  const full = pushed.filter(({ _count }) => _count._all >= MOST_PUSHES_AN_HOUR);
  if (full.length === 0) return;
  const waitsMs = full.map(({ _min }) => Number((_min.createdAtMs ?? now) + HOUR_MS - now));
  const seconds = Math.max(1, Math.ceil(Math.max(...waitsMs) / 1000));
  throw new LastgoodError("rate_limited", `${name} was pushed ${MOST_PUSHES_AN_HOUR} times within an hour by hand.`, {
    hint: `Each push takes the values of its moment, so another one changes nothing before a restore. Go on in ${seconds} s.`,
    retryAfterSeconds: seconds,
  });
}
