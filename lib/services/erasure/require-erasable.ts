import type { MetadataReader } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { findProtectingPattern } from "../../domain/policy.ts";
import { readPolicy } from "../policies/read-policy.ts";

const DAY_MS = 86_400_000;
/** A first commit that is later than what was asked for by no more is that moment for people. */
const SAME_MS = 1000;

/** What an erasure concerns: it begins the history with a commit, of which this is bookmark and time, Unix milliseconds. */
export type ErasureReach = {
  databaseId: string;
  bookmark: Bookmark;
  timeMs: number;
  beforeMs: number;
  includeBackups: boolean;
};

/**
 * States of before this are what was asked to go, Unix milliseconds. Where the history of a cluster begins later than that, it is for want of a
 * base backup: a backup of in between is whole by itself, and stays.
 */
export function olderThan({ timeMs, beforeMs }: Pick<ErasureReach, "timeMs" | "beforeMs">): { lt: bigint } {
  return { lt: BigInt(Math.min(timeMs, beforeMs)) };
}

/** Labels whose moments go, and backups that hold a state of before, whether or not they go as well. */
export async function findReached(db: MetadataReader, reach: ErasureReach) {
  const { databaseId, bookmark, includeBackups } = reach;
  const backups = await db.backup.findMany({
    where: { databaseId, status: "completed", purgedAtMs: null, timeMs: olderThan(reach) },
    select: { id: true, key: true },
    orderBy: { createdAtMs: "asc" },
  });
  const keys = includeBackups ? backups.flatMap(({ key }) => key ?? []) : [];
  const points = await db.restorePoint.findMany({
    where: {
      databaseId,
      OR: [
        { kind: "pitr", bookmark: { lt: bookmark } },
        { kind: "backup", backupKey: { in: keys } },
      ],
    },
    select: { label: true },
  });
  return { backups, labels: points.map(({ label }) => label) };
}

/** Throws `forbidden` where the policy protects a label that would go, or wants more of the history kept. */
export async function requireErasable(
  db: MetadataReader,
  { databaseId, timeMs, beforeMs }: Pick<ErasureReach, "databaseId" | "timeMs" | "beforeMs">,
  labels: readonly string[],
): Promise<void> {
  const { rules } = await readPolicy(db, databaseId);
  // Of a cluster that is not what was asked for.
  const really =
    timeMs - beforeMs > SAME_MS
      ? ` Its history can begin with a base backup alone: it would begin at ${new Date(timeMs).toISOString()}.`
      : "";
  const kept = labels.find((label) => findProtectingPattern(rules, label) !== null);
  if (kept !== undefined) {
    throw new LastgoodError("forbidden", `The policy protects the label ${kept}, whose moment would be gone.`, {
      hint: `Choose an earlier moment, or change the policy first; that may need approval.${really}`,
    });
  }
  const { leastWindowDays } = rules;
  if (leastWindowDays !== null && timeMs > Number(nowMs()) - leastWindowDays * DAY_MS) {
    throw new LastgoodError("forbidden", `The policy keeps at least ${leastWindowDays} days of history.`, {
      hint: `Choose a moment that is older than that, or change the policy first; that may need approval.${really}`,
    });
  }
}
