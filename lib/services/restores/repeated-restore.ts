import { createHash } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { RESTORE_INCLUDE, toRestoreViews } from "./to-restore-view.ts";

/** What was asked for, so that a repeat of the same call is told from another one under the same key. */
export function digestRequest(asked: unknown): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}

/** The restore that an earlier call with the same key started; null without one. Another request under that key is `conflict`. */
export async function findRepeated(
  db: MetadataReader,
  databaseId: string,
  asked: unknown,
  idempotencyKey: string | undefined,
): Promise<RestoreView | null> {
  if (idempotencyKey === undefined) return null;
  const row = await db.restore.findFirst({ where: { databaseId, idempotencyKey }, include: RESTORE_INCLUDE });
  if (!row) return null;
  if (row.requestDigest !== digestRequest(asked)) {
    throw new LastgoodError("conflict", "This Idempotency-Key was used for another restore.", {
      field: "Idempotency-Key",
      hint: "Use a new key for a new request.",
    });
  }
  return (await toRestoreViews(db, [row]))[0] ?? null;
}
