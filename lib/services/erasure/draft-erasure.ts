import { metadata } from "../../db/client.ts";
import { type ErasurePlan, MOST_NAMED } from "../../domain/erasure.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { type DatabaseRow, requireProtected } from "../databases/find-database.ts";
import { findReached, olderThan, requireErasable } from "./require-erasable.ts";

export type ErasureAsk = { beforeMs: number; includeBackups: boolean };

/**
 * What purging a database's history up to a moment would take. Throws as resolving that moment does, `forbidden` where the policy protects a
 * label of before or wants more kept, `conflict` where nothing is older.
 */
export async function draftErasure(row: DatabaseRow, { beforeMs, includeBackups }: ErasureAsk): Promise<ErasurePlan> {
  requireProtected(row);
  const [{ begins, more }, window] = await Promise.all([
    askAgentOf(row, "planErasure", { databaseId: row.id, beforeMs }),
    askAgentOf(row, "window", { databaseId: row.id }),
  ]);
  if (window.oldest !== null && begins.bookmark <= window.oldest.bookmark) {
    throw new LastgoodError("conflict", "Nothing older than that is in the history.", {
      hint: "Choose a later moment.",
    });
  }
  const db = metadata();
  const reach = { databaseId: row.id, bookmark: begins.bookmark, timeMs: begins.timeMs, beforeMs, includeBackups };
  const [{ backups, labels }, restores, previews, copy] = await Promise.all([
    findReached(db, reach),
    db.restore.findMany({
      where: { databaseId: row.id, status: "completed", previousBookmark: { lt: begins.bookmark } },
      select: { id: true },
    }),
    db.database.findMany({
      where: { parentId: row.id, kind: "preview", deletedAtMs: null, sourceTimeMs: olderThan(reach) },
      select: { name: true },
    }),
    db.secondCopy.findUnique({ where: { databaseId: row.id }, select: { databaseId: true } }),
  ]);
  await requireErasable(db, reach, labels);
  const firstOf = (names: readonly (string | null)[]) => names.flatMap((name) => name ?? []).slice(0, MOST_NAMED);
  return {
    beforeMs,
    oldestMs: window.oldest?.timeMs ?? null,
    begins: { bookmark: begins.bookmark, timeMs: begins.timeMs },
    more,
    labels: { count: labels.length, names: firstOf(labels) },
    undos: restores.length,
    backups: { count: backups.length, keys: firstOf(backups.map(({ key }) => key)), included: includeBackups },
    previews: { count: previews.length, names: firstOf(previews.map(({ name }) => name)) },
    hasSecondCopy: copy !== null,
  };
}
