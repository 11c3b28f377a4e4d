import { DEFAULT_MASS_DELETE_ROWS } from "../../../domain/alarm.ts";
import { type FactSource, listWatched } from "./fact-source.ts";

/** One commit took more rows away than its namespace holds for usual. */
export const massDelete: FactSource = {
  kinds: ["mass_delete"],
  needsSeen: true,
  async find(world) {
    const { db, seen, leaveAlone } = world;
    const watched = await listWatched(world);
    const settings = await db.alarmSettings.findMany({
      where: { namespaceId: { in: watched.map(({ namespaceId }) => namespaceId) } },
      select: { namespaceId: true, massDeleteRows: true },
    });
    const limits = new Map(settings.map(({ namespaceId, massDeleteRows }) => [namespaceId, massDeleteRows]));
    return watched.flatMap(({ id: databaseId, namespaceId }) => {
      const limit = limits.get(namespaceId) === undefined ? DEFAULT_MASS_DELETE_ROWS : limits.get(namespaceId);
      const deletes = seen.databases.get(databaseId)?.deletes ?? null;
      if (deletes === null) leaveAlone(databaseId);
      return (deletes ?? [])
        .filter(({ rows }) => rows !== null && typeof limit === "number" && rows >= limit)
        .map(({ timeMs, words, table, rows, before, txid }) => ({
          kind: "mass_delete" as const,
          subject: { databaseId },
          cause: `${timeMs}-${txid}`,
          sinceMs: timeMs,
          text: `One commit took a lot away: ${words}${table === null ? "" : ` from ${table}`}.`,
          remedy: "If nobody meant that, go back to just before it, or give single rows back.",
          figures: { rows, table, before: before && new Date(before.timeMs).toISOString() },
        }));
    });
  },
};
