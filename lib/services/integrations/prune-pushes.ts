import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";

/** What was pushed where is told for this long. */
const LOG_KEPT_MS = 90n * 86_400_000n;

/** Removes the log's rows of pushes that ended long ago. Answers how many. */
export async function prunePushes(): Promise<number> {
  const { count } = await metadata().integrationPush.deleteMany({
    where: { status: { not: "pending" }, endedAtMs: { lt: nowMs() - LOG_KEPT_MS } },
  });
  return count;
}
