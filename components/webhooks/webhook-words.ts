import { formatCount } from "../../lib/client/format-count.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { EVENT_TYPES, type EventType } from "../../lib/domain/event.ts";
import type { DeliveryStatus, SentType } from "../../lib/domain/webhook.ts";
import type { DotTone } from "../ui/status-dot.tsx";

/** What an event tells, as people choose it. */
export const EVENT_WORDS: Record<EventType, string> = {
  "backup.completed": "a backup is complete",
  "backup.failed": "a backup failed",
  "restore.completed": "a restore, cutover or undo is done",
  "restore.failed": "a restore failed",
  "schedule.missed": "a scheduled backup did not run",
  "capture.stopped": "commits are not captured any more",
  "drill.passed": "a drill has proven that restores work",
  "drill.failed": "a drill failed",
  "erasure.announced": "history will be purged up to a moment",
  "erasure.completed": "history was purged up to a moment",
  "erasure.failed": "history could not be purged",
  "approval.requested": "somebody asks for approval",
  "alarm.raised": "an alarm is raised",
  "alarm.acknowledged": "somebody acknowledged an alarm",
  "alarm.resolved": "an alarm is resolved",
};

export const wordsOfType = (type: SentType) => (type === "webhook.test" ? "a test" : EVENT_WORDS[type]);

/** `all events`, `backup.failed and restore.failed`, `3 of 7 events`. */
export function wordsOfTypes(types: WebhookView["types"]): string {
  if (types === "all" || types.length === EVENT_TYPES.length) return "all events";
  return types.length <= 2 ? types.join(" and ") : `${types.length} of ${EVENT_TYPES.length} events`;
}

/** `all databases`, `shop`, `shop and 2 more`. */
export function wordsOfCovered(databases: "all" | readonly { name: string | null }[]): string {
  if (databases === "all") return "all databases";
  const [first, ...rest] = databases.map(({ name }) => name ?? "one that is gone");
  return rest.length === 0 ? (first ?? "none") : `${first} and ${rest.length} more`;
}

export type WebhookState = { tone: DotTone; word: string };

/** How a webhook is, in a word and a shape. */
export function stateOf({ active, problem, lastAttempt }: WebhookView): WebhookState {
  if (!active) return problem === null ? { tone: "off", word: "off" } : { tone: "danger", word: "switched off" };
  if (lastAttempt === null) return { tone: "off", word: "nothing sent yet" };
  return lastAttempt.ok ? { tone: "ok", word: "delivers" } : { tone: "warn", word: "failing" };
}

/** The page's answer: whether what happens is told. */
export function answerOf(webhooks: readonly WebhookView[]): string {
  const states = webhooks.map(stateOf);
  const failing = states.filter(({ tone }) => tone === "warn").length;
  const gone = states.filter(({ tone }) => tone === "danger").length;
  if (failing > 0) return `${formatCount(failing, "receiver")} did not take what was sent last.`;
  if (gone > 0) return `${formatCount(gone, "receiver")} said that it is gone, and is told nothing.`;
  if (states.every(({ tone }) => tone === "off")) return "Nothing was sent to them yet.";
  return "What was sent last was taken.";
}

export const DELIVERY_WORDS: Record<DeliveryStatus, { text: string; tone: "ok" | "warn" | "danger" | "plain" }> = {
  pending: { text: "waiting", tone: "warn" },
  delivered: { text: "delivered", tone: "ok" },
  failed: { text: "given up", tone: "danger" },
  cancelled: { text: "cancelled", tone: "plain" },
};
