import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { transact } from "../transact.ts";

/** What an agent needs to know to carry a restore out. */
export type RestoreOrder = {
  restoreId: string;
  databaseId: string;
  toBookmark: string;
  /** Unix milliseconds. */
  toTimeMs: number;
  planDigest: string;
  status: string;
  fenceSeconds: number | null;
  runHooks: boolean;
};

/** The order behind a `restore.run` job. Marks it as running; a restore that has ended is answered as it is. */
export async function startRestore(restoreId: string): Promise<RestoreOrder> {
  await transact((tx) =>
    tx.restore.updateMany({
      where: { id: restoreId, status: "queued", openKey: { not: null } },
      data: { status: "running", startedAtMs: nowMs() },
    }),
  );
  const row = await metadata().restore.findUnique({ where: { id: restoreId } });
  if (!row) throw new LastgoodError("not_found", "There is no such restore.", { hint: "Its job is void." });
  const { databaseId, toBookmark, toTimeMs, planDigest, status, fenceSeconds, runHooks } = row;
  return { restoreId, databaseId, toBookmark, toTimeMs: Number(toTimeMs), planDigest, status, fenceSeconds, runHooks };
}
