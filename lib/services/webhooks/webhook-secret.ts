import { randomBytes } from "node:crypto";
import { openSealedText, type SealFor, sealText } from "../seal-text.ts";

const SECRET_BYTES = 32;

const boundTo = (webhookId: string): SealFor => ({ purpose: "webhook secrets", owner: webhookId });

/** A new secret as the Standard Webhooks specification wants it: `whsec_` and 32 random bytes in base64. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

export function sealWebhookSecret(webhookId: string, secret: string): string {
  return sealText(boundTo(webhookId), secret);
}

/** Null where it was sealed under another installation's secret. */
export function openWebhookSecret(webhookId: string, sealed: string): string | null {
  return openSealedText(boundTo(webhookId), sealed);
}
