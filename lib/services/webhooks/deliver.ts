import type { EgressRules } from "../../egress-rules.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { cancelPending } from "./cancel-pending.ts";
import { type ClaimedDelivery, isWanted } from "./claim-deliveries.ts";
import { recordAttempt } from "./record-attempt.ts";
import { sendDelivery } from "./send-delivery.ts";

/** Sends what was claimed, once, and writes down what came of it. */
export async function deliver(ctx: CallContext, delivery: ClaimedDelivery, rules?: EgressRules): Promise<void> {
  // What was still to be sent to a webhook that was switched off since.
  if (!isWanted(delivery)) return void (await transact((tx) => cancelPending(tx, delivery.webhookId)));
  await recordAttempt(ctx, delivery, await sendDelivery(delivery, rules));
}
