import type { Metadata } from "../../db/client.ts";
import { bestCopy, type Exposure } from "../../domain/exposure.ts";
import type { MetricFamily, MetricSample } from "../../domain/metrics.ts";
import { measureKnown, readKnown } from "../exposure/measure.ts";
import { MOST_DATABASES } from "./read-database-facts.ts";

/** What would be lost of each project if its machine died now; a figure that nobody knows is left out. */
export async function exposureFamilies(db: Metadata, nowMs: number, patienceMs: number): Promise<MetricFamily[]> {
  const rows = await db.database.findMany({
    where: { kind: "project", deletedAtMs: null, namespace: { deletedAtMs: null } },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    take: MOST_DATABASES,
    include: { namespace: { select: { slug: true } } },
  });
  const measured = await measureKnown(await readKnown(db, "all", rows, nowMs), nowMs, patienceMs);
  const labelled = measured.flatMap((exposure, i) => {
    const row = rows[i];
    if (!row) return [];
    const { name, engine, kind, namespace } = row;
    return [{ exposure, labels: { namespace: namespace.slug, database: name, engine, kind } }];
  });
  const each = (name: string, help: string, figureOf: (one: Exposure) => number | null): MetricFamily => ({
    name: `lastgood_database_${name}`,
    help,
    type: "gauge",
    samples: labelled.flatMap(({ exposure, labels }): MetricSample[] => {
      const value = figureOf(exposure);
      return value === null ? [] : [{ labels, value }];
    }),
  });
  const seconds = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : ms / 1000);
  return [
    each("kept_elsewhere", "Whether a copy would be left if the database's machine died now.", (one) =>
      Number(bestCopy(one) !== null),
    ),
    each("exposed_commits", "Commits that no copy on another machine holds.", ({ lost }) =>
      lost.kind === "unknown" ? null : lost.commits,
    ),
    each("exposed_seconds", "Since the oldest commit that no copy on another machine holds.", ({ lost }) =>
      lost.kind === "unknown" ? null : lost.seconds,
    ),
    each(
      "measured_recovery_seconds",
      "How long the newest passed drill took to restore, else the newest restore.",
      (one) => seconds(one.recovery?.ms),
    ),
    each("last_proven_restore_timestamp_seconds", "When a drill of it last passed.", ({ proof }) =>
      seconds(proof.atMs),
    ),
  ];
}
