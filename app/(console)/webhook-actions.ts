"use server";

import { z } from "zod";
import { createWebhook } from "../../lib/services/webhooks/create-webhook.ts";
import { deleteWebhook } from "../../lib/services/webhooks/delete-webhook.ts";
import { rotateSecret } from "../../lib/services/webhooks/rotate-secret.ts";
import { replayDelivery, testWebhook } from "../../lib/services/webhooks/send-again.ts";
import { updateWebhook } from "../../lib/services/webhooks/update-webhook.ts";
import { action } from "../../lib/web/action.ts";
import { createWebhookSchema, rotateSecretSchema, updateWebhookSchema } from "../../lib/web/webhook-schemas.ts";

const inNamespace = { namespace: z.string().max(64) };
const ofWebhook = { ...inNamespace, webhookId: z.string().max(64) };

/** Makes a webhook; its answer is the only place where the secret is. */
export const makeWebhook = action(createWebhookSchema.extend(inNamespace), createWebhook);

/** Changes a webhook, or switches it on or off. */
export const changeWebhook = action(updateWebhookSchema.extend(ofWebhook), updateWebhook);

/** Makes a new secret; its answer is the only place where that is. */
export const renewWebhookSecret = action(rotateSecretSchema.extend(ofWebhook), rotateSecret);

/** Deletes a webhook. */
export const removeWebhook = action(z.strictObject(ofWebhook), async (ctx, input) => {
  await deleteWebhook(ctx, input);
  return null;
});

/** Sends something that did not happen. */
export const sendTest = action(z.strictObject(ofWebhook), testWebhook);

/** Sends an event once more. */
export const sendAgain = action(z.strictObject({ ...ofWebhook, deliveryId: z.string().max(64) }), replayDelivery);
