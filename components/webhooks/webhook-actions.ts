import type { ActionResult } from "../../lib/client/api-types.ts";
import type { DeliveryView, WebhookSecretView, WebhookView } from "../../lib/client/webhook-types.ts";
import type { EventType } from "../../lib/domain/event.ts";

export type WebhookFields = {
  name: string;
  url: string;
  types: "all" | EventType[];
  databases: "all" | string[];
};

type OfWebhook = { namespace: string; webhookId: string };

/** What the pages of webhooks can have done. */
export type WebhookActions = {
  makeWebhook(input: WebhookFields & { namespace: string }): Promise<ActionResult<WebhookSecretView>>;
  changeWebhook(input: OfWebhook & Partial<WebhookFields> & { active?: boolean }): Promise<ActionResult<WebhookView>>;
  renewWebhookSecret(input: OfWebhook & { overlapHours: number }): Promise<ActionResult<WebhookSecretView>>;
  removeWebhook(input: OfWebhook): Promise<ActionResult<null>>;
  sendTest(input: OfWebhook): Promise<ActionResult<DeliveryView>>;
  sendAgain(input: OfWebhook & { deliveryId: string }): Promise<ActionResult<DeliveryView>>;
};
