import { EVENT_TYPES } from "./event.ts";

export const WEBHOOK_LIMITS = {
  nameLength: 80,
  urlLength: 2000,
  perNamespace: 20,
  databases: 200,
  /** For how long a former secret may sign beside the new one. */
  overlapHours: 168,
} as const;

/** For how long it does unless something else is asked for. */
export const DEFAULT_OVERLAP_HOURS = 24;

/** What the test button sends; nobody subscribes to it. */
export const TEST_TYPE = "webhook.test";
export const SENT_TYPES = [...EVENT_TYPES, TEST_TYPE] as const;
export type SentType = (typeof SENT_TYPES)[number];

/**
 * pending    still to be sent, or to be sent again
 * delivered  answered 2xx
 * failed     given up
 * cancelled  the webhook was switched off or deleted before
 */
export const DELIVERY_STATUSES = ["pending", "delivered", "failed", "cancelled"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
