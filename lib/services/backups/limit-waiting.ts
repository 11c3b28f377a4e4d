import type { MetadataTransaction } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";

/** So many backups that somebody asked for by hand may wait or run at any time, over all databases of a namespace. */
export const MOST_WAITING = 20;
const AGAIN_IN_SECONDS = 30;

/** Refuses one more than one person may have waiting: `rate_limited`. Scheduled ones do not count; each schedule has one at a time. */
export async function requireRoomToWait(
  tx: MetadataTransaction,
  { namespaceId, userId }: { namespaceId: string; userId: string },
): Promise<void> {
  const waiting = await tx.backup.count({
    where: { namespaceId, createdBy: userId, trigger: "manual", status: { in: ["queued", "running"] } },
  });
  if (waiting < MOST_WAITING) return;
  throw new LastgoodError("rate_limited", `${waiting} backups that you asked for have not ended yet.`, {
    hint: "Wait until some of them have, or cancel those that are not needed; then ask again.",
    retryAfterSeconds: AGAIN_IN_SECONDS,
  });
}
