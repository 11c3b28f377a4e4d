import type { EventType } from "../domain/event.ts";
import type { DeliveryStatus, SentType } from "../domain/webhook.ts";

/** One row of GET /api/namespaces/:ns/webhooks → {webhooks: WebhookView[]}, oldest first. Its secret is nowhere in it. */
export type WebhookView = {
  id: string;
  name: string;
  url: string;
  types: "all" | EventType[];
  /** Without a name: one that is gone for good. */
  databases: "all" | { id: string; name: string | null }[];
  active: boolean;
  /** Why it was switched off where nobody did. */
  problem: string | null;
  /** Until when the former secret signs as well; null: there is none. */
  formerUntilMs: number | null;
  createdAtMs: number;
  createdBy: string | null;
  /** Deliveries that are still to be made. */
  pending: number;
  lastDeliveredMs: number | null;
  /** The newest attempt of all, whatever came of it. */
  lastAttempt: (AttemptView & { ok: boolean }) | null;
};

/** POST …/webhooks and …/webhooks/:id/secret: the only times that a secret is told. */
export type WebhookSecretView = { webhook: WebhookView; secret: string };

export type AttemptView = {
  n: number;
  timeMs: number;
  durationMs: number;
  /** The HTTP status that answered; null: none did. */
  status: number | null;
  /** What went wrong; null: nothing. */
  error: string | null;
  /** The beginning of what was answered. */
  answer: string | null;
};

/** One row of GET …/webhooks/:id/deliveries?after=&limit=&status= → DeliveriesView, newest first. */
export type DeliveryView = {
  id: string;
  /** What receivers read in `webhook-id`; the same for every attempt and for a replay. */
  eventId: string;
  type: SentType;
  database: { id: string; name: string | null } | null;
  status: DeliveryStatus;
  /** When it is tried next; null once it has ended. */
  nextAtMs: number | null;
  createdAtMs: number;
  endedAtMs: number | null;
  attempts: AttemptView[];
  /** The body that is sent, to the byte. */
  payload: string;
};

export type DeliveriesView = {
  deliveries: DeliveryView[] /** For `after` of the next page; null: there is none. */;
  next: string | null;
};
