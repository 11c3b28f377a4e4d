import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { loadSecret } from "../load-secret.ts";
import { perform } from "../perform.ts";
import { findDrill } from "./find-drill.ts";
import { publicReceiptKey, receiptKeyOf, type SignedReceipt } from "./sign-receipt.ts";

/** A drill's receipt with the public key that it is checked with. `conflict` for a drill that ended without one. */
export function readReceipt(
  ctx: CallContext,
  { namespace, database, drill }: OfDatabase & { drill: string },
): Promise<SignedReceipt & { key: ReturnType<typeof publicReceiptKey> }> {
  return perform(ctx, "drill.list", { namespace }, async ({ db, principal }) => {
    const row = await findDrill(db, await findDatabase(db, principal, database), drill);
    if (row.receipt === null) {
      throw new LastgoodError(
        "conflict",
        `This drill has no receipt: it ${row.status === "queued" || row.status === "running" ? "has not ended" : `was ${row.status}`}.`,
        {
          hint: "A receipt is written when a drill has restored and checked, whether it passed or failed.",
        },
      );
    }
    const key = publicReceiptKey(receiptKeyOf(loadSecret(readEnv())));
    return { ...(JSON.parse(row.receipt) as SignedReceipt), key };
  });
}
