import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { nextWaitMs, parseRetryAfter } from "../../domain/retry-plan.ts";
import type { EgressRules } from "../../egress-rules.ts";
import { requestOutside } from "../egress/request-outside.ts";
import { transact } from "../transact.ts";
import type { ClaimedPush } from "./claim-pushes.ts";
import { openIntegrationToken } from "./integration-token.ts";
import { pushRequest, refusalOfPush } from "./push-request.ts";
import { readValues } from "./read-values.ts";
import { readSettings, readVariables } from "./to-integration-view.ts";

export const PUSH_TIMEOUT_MS = 15_000;
/** Vercel repeats in its answer what it was given. */
const ANSWER_BYTES = 256 * 1024;

type Outcome = {
  names: string[];
  /** What went wrong, for people; null: it was pushed. */
  error: string | null;
  /** Whether another attempt could end otherwise. */
  mayPass: boolean;
  retryAfterMs: number | null;
};

/**
 * Pushes once, with the values of this moment, and writes down what came of it: pushed, tried again later, or given up after about
 * three days. Names and cause are kept; values and the token stand nowhere.
 */
export async function push(claimed: ClaimedPush, rules?: EgressRules, chance = Math.random()): Promise<void> {
  const { names, error, mayPass, retryAfterMs } = await attempt(claimed, rules);
  const { id, version, leaseOwner } = claimed;
  await transact(async (tx) => {
    const row = await tx.integrationPush.findFirst({ where: { id, version, leaseOwner, status: "pending" } });
    if (!row) return;
    const attempts = row.attempts + 1;
    const waitMs = error === null || !mayPass ? null : nextWaitMs(attempts, retryAfterMs, chance);
    const now = nowMs();
    await tx.integrationPush.update({
      where: { id },
      data: {
        attempts,
        names: JSON.stringify(names),
        status: error === null ? "pushed" : waitMs === null ? "failed" : "pending",
        error,
        nextAtMs: waitMs === null ? null : now + BigInt(waitMs),
        endedAtMs: waitMs === null ? now : null,
        leaseOwner: null,
        leaseUntilMs: null,
        version: { increment: 1 },
      },
    });
  });
}

async function attempt({ integration, databaseId }: ClaimedPush, rules?: EgressRules): Promise<Outcome> {
  const failed = (error: string, mayPass: boolean, names: string[] = []): Outcome => ({
    names,
    error,
    mayPass,
    retryAfterMs: null,
  });
  if (!integration.active || integration.deletedAtMs !== null) return failed("It was switched off before.", false);
  if (integration.namespace.deletedAtMs !== null) return failed("The namespace was deleted before.", false);
  const values = await readValues(metadata(), databaseId, readVariables(integration));
  if (values === null) return failed("The database is gone.", false);
  const token = openIntegrationToken(integration.id, integration.tokenSealed);
  if (token === null) {
    return failed(
      "Its token cannot be read: the installation's own secret is another one. Give the token again.",
      true,
    );
  }
  const names = Object.keys(values.variables);
  if (names.length === 0) return failed("None of its variables has a value before the first restore.", false);
  const settings = readSettings(integration);
  try {
    const answered = await requestOutside({
      ...pushRequest(integration.baseUrl, settings, values),
      headers: { "content-type": "application/json", "user-agent": "Lastgood", authorization: `Bearer ${token}` },
      timeoutMs: PUSH_TIMEOUT_MS,
      answerBytes: ANSWER_BYTES,
      ...(rules && { rules }),
    });
    return {
      names,
      error: refusalOfPush(settings.kind, answered.status, answered.text),
      mayPass: true,
      retryAfterMs: parseRetryAfter(answered.retryAfter, Date.now()),
    };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return failed(error.message, true, names);
  }
}
