import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { MailPlace } from "../../domain/mail-place.ts";
import { nextWaitMs } from "../../domain/retry-plan.ts";
import { MAIL_TIMEOUT_MS, sendMail } from "./send-mail.ts";

export type ClaimedMail = Prisma.AlarmMailGetPayload<Record<string, never>>;

/** Longer than an attempt can take. */
export const MAIL_LEASE_MS = 2 * MAIL_TIMEOUT_MS;
/** Connections to the e-mail server at any time, by all agents together. */
const AT_ONCE = 4;
const KEPT_DAYS = 30n;
const DAY_MS = 86_400_000n;

/**
 * Claims messages that are due, the longest waiting first. Several agents may ask at the same time: the update counts only if nobody
 * changed the row since it was read. What an agent that died had claimed is due again when its lease is over.
 */
export async function claimMails(holder: string, limit: number): Promise<ClaimedMail[]> {
  const now = nowMs();
  const underWay = await metadata().alarmMail.count({ where: { status: "pending", leaseUntilMs: { gte: now } } });
  const room = Math.min(limit, AT_ONCE - underWay);
  if (room <= 0) return [];
  const due = await metadata().alarmMail.findMany({
    where: { status: "pending", nextAtMs: { lte: now }, OR: [{ leaseUntilMs: null }, { leaseUntilMs: { lt: now } }] },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    take: room,
  });
  const claimed: ClaimedMail[] = [];
  for (const row of due) {
    const taken = { leaseOwner: holder, leaseUntilMs: now + BigInt(MAIL_LEASE_MS), version: row.version + 1 };
    const { count } = await metadata().alarmMail.updateMany({
      where: { id: row.id, version: row.version, status: "pending" },
      data: taken,
    });
    if (count === 1) claimed.push({ ...row, ...taken });
  }
  return claimed;
}

/** Makes one attempt at a message and writes down what came of it; it is tried again for about three days. A test is tried once. */
export async function deliverMail(place: MailPlace, mail: ClaimedMail, chance = Math.random()): Promise<void> {
  const error = await sendMail(place, mail);
  const attempts = mail.attempts + 1;
  const waitMs = error === null || mail.alarms === "[]" ? null : nextWaitMs(attempts, null, chance);
  const now = nowMs();
  await metadata().alarmMail.updateMany({
    where: { id: mail.id, version: mail.version, leaseOwner: mail.leaseOwner, status: "pending" },
    data: {
      attempts,
      error,
      status: error === null ? "sent" : waitMs === null ? "failed" : "pending",
      nextAtMs: waitMs === null ? null : now + BigInt(waitMs),
      endedAtMs: waitMs === null ? now : null,
      leaseOwner: null,
      leaseUntilMs: null,
      version: { increment: 1 },
    },
  });
}

/** Removes messages that ended long ago. */
export async function pruneMails(): Promise<number> {
  const { count } = await metadata().alarmMail.deleteMany({
    where: { status: { not: "pending" }, endedAtMs: { lt: nowMs() - KEPT_DAYS * DAY_MS } },
  });
  return count;
}
