import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findPrincipal } from "../find-principal.ts";

/** Whether the caller belongs to an account: tells, once something was not found, which of the two it was. */
export async function belongsToAccount(ctx: CallContext, account: string): Promise<boolean> {
  try {
    await findPrincipal(metadata(), ctx, account);
    return true;
  } catch (error) {
    if (error instanceof LastgoodError) return false;
    throw error;
  }
}
