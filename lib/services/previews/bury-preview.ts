import type { MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { PREVIEW_LIMITS } from "../../domain/preview.ts";
import { buryDatabase, purgeTimeOf } from "../databases/bury-database.ts";
import { type DatabaseRow, requireProtected } from "../databases/find-database.ts";
import { requireNoOpenRestore } from "../restores/insert-restore.ts";

const GRACE_MS = BigInt(PREVIEW_LIMITS.graceHours) * 3_600_000n;

/** A preview is a copy of something that is still there: it can be brought back for a day, or less where nothing can for longer. */
export async function buryPreview(
  tx: MetadataTransaction,
  row: DatabaseRow,
  by: string,
): Promise<{ purgeAfterMs: bigint }> {
  const atMs = await storeNowMs(tx);
  const [aDay, asOthers] = [atMs + GRACE_MS, purgeTimeOf(atMs)];
  return buryDatabase(tx, row, { by, atMs, purgeAfterMs: aDay < asOthers ? aDay : asOthers });
}

/** The same, unless it is being written or a cutover takes its state: then `restore_conflict`. */
export async function deletePreviewRow(tx: MetadataTransaction, row: DatabaseRow, by: string): Promise<bigint> {
  if (row.state !== "failed") {
    requireProtected(row);
    await requireNoOpenRestore(tx, row);
  }
  return (await buryPreview(tx, row, by)).purgeAfterMs;
}
