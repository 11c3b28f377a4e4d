import type { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { closeRestore } from "./close-restore.ts";

/** Writes down that a restore failed or was cancelled before it changed anything, and lets callers in again. */
export async function failRestore(
  ctx: CallContext,
  restoreId: string,
  outcome: { error: LastgoodError; cancelled: boolean },
): Promise<void> {
  await transact((tx) => closeRestore(tx, ctx, { id: restoreId }, outcome));
}
