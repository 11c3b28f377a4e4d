import { Webhook } from "standardwebhooks";
import { isErrorCode, LastgoodError } from "../../domain/errors.ts";
import { parseRetryAfter } from "../../domain/retry-plan.ts";
import type { EgressRules } from "../../egress-rules.ts";
import { requestOutside } from "../egress/request-outside.ts";
import type { ClaimedDelivery } from "./claim-deliveries.ts";
import { openWebhookSecret } from "./webhook-secret.ts";

export const ATTEMPT_TIMEOUT_MS = 15_000;
/** Of what is answered as much is read and kept. */
const ANSWER_BYTES = 1000;

export type AttemptOutcome = {
  timeMs: number;
  durationMs: number;
  status: number | null;
  /** What went wrong, for people; null: it was delivered. */
  error: string | null;
  answer: string | null;
  /** How long the receiver wants to be left alone. */
  retryAfterMs: number | null;
};

/**
 * Makes one attempt: the stored bytes, signed as the Standard Webhooks specification has it (`webhook-id`, `webhook-timestamp`,
 * `webhook-signature`), also with the former secret while that still counts. Anything but 2xx within 15 s is a failure. Never throws
 * for what the receiver does.
 */
export async function sendDelivery(delivery: ClaimedDelivery, rules?: EgressRules): Promise<AttemptOutcome> {
  const timeMs = Date.now();
  const startMs = performance.now();
  const outcome = (rest: Partial<AttemptOutcome>): AttemptOutcome => ({
    timeMs,
    durationMs: Math.round(performance.now() - startMs),
    status: null,
    error: null,
    answer: null,
    retryAfterMs: null,
    ...rest,
  });
  const signatures = sign(delivery, timeMs);
  if (signatures === null) {
    return outcome({
      error: "Its secret cannot be read: the installation's own secret is another one. Make a new secret.",
    });
  }
  try {
    const answered = await requestOutside({
      url: delivery.webhook.url,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Lastgood",
        "webhook-id": delivery.eventId,
        "webhook-timestamp": String(Math.floor(timeMs / 1000)),
        "webhook-signature": signatures,
      },
      body: delivery.event.payload,
      timeoutMs: ATTEMPT_TIMEOUT_MS,
      answerBytes: ANSWER_BYTES,
      ...(rules && { rules }),
    });
    const { status, retryAfter } = answered;
    return outcome({
      status,
      error: status >= 200 && status < 300 ? null : refusalOf(status),
      answer: plainText(answered.text),
      retryAfterMs: parseRetryAfter(retryAfter, Date.now()),
    });
  } catch (error) {
    if (!(error instanceof LastgoodError) || !isErrorCode(error.code)) throw error;
    return outcome({ error: error.message });
  }
}

function sign({ webhook, event, eventId }: ClaimedDelivery, timeMs: number): string | null {
  const isFormer = webhook.formerUntilMs !== null && Number(webhook.formerUntilMs) > timeMs;
  const sealed = [webhook.secretSealed, ...(isFormer && webhook.formerSealed !== null ? [webhook.formerSealed] : [])];
  const secrets = sealed.flatMap((one) => openWebhookSecret(webhook.id, one) ?? []);
  if (secrets.length === 0) return null;
  return secrets.map((secret) => new Webhook(secret).sign(eventId, new Date(timeMs), event.payload)).join(" ");
}

function refusalOf(status: number): string {
  if (status === 410) return "It answered 410: it is gone, and wants nothing more.";
  if (status >= 300 && status < 400)
    return `It answered ${status}, a redirect, which is not followed. Give the final address.`;
  return `It answered ${status}; only 2xx counts as taken.`;
}

/** The beginning of an answer as one may show it: signs that turn, hide or end text are left out, and so is what a cut made half. */
function plainText(text: string): string | null {
  const shown = text.replaceAll(/[^\P{C}\n\t]|\ufffd/gu, "").trim();
  return shown === "" ? null : shown;
}
