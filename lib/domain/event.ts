/** What others may be told of by a webhook. */
export const EVENT_TYPES = [
  "backup.completed",
  "backup.failed",
  "restore.completed",
  "restore.failed",
  "schedule.missed",
  "capture.stopped",
  "drill.passed",
  "drill.failed",
  "erasure.announced",
  "erasure.completed",
  "erasure.failed",
  "approval.requested",
  "alarm.raised",
  "alarm.acknowledged",
  "alarm.resolved",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text);
}

/** What happened, as its receivers read it. Times are RFC 3339; nothing in `data` is secret. */
export type EventBody = { type: EventType; timestamp: string; data: Readonly<Record<string, unknown>> };
