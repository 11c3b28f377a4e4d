import type { Metadata } from "../../db/client.ts";
import type { MetricFamily } from "../../domain/metrics.ts";

const BOUNDS_SECONDS = [1, 5, 15, 60, 300, 1800, 7200] as const;

type Row = { place: number | bigint; n: number | bigint; total: number | bigint | string | null };

/** How long completed restores took, all that the ledger has. In the SQL of both providers. */
export async function restoreDurations(db: Metadata): Promise<MetricFamily> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT "place", COUNT(*) AS "n", SUM("ms") AS "total" FROM (
      SELECT "finishedAtMs" - "startedAtMs" AS "ms",
        CASE WHEN "finishedAtMs" - "startedAtMs" <= 1000 THEN 0
          WHEN "finishedAtMs" - "startedAtMs" <= 5000 THEN 1
          WHEN "finishedAtMs" - "startedAtMs" <= 15000 THEN 2
          WHEN "finishedAtMs" - "startedAtMs" <= 60000 THEN 3
          WHEN "finishedAtMs" - "startedAtMs" <= 300000 THEN 4
          WHEN "finishedAtMs" - "startedAtMs" <= 1800000 THEN 5
          WHEN "finishedAtMs" - "startedAtMs" <= 7200000 THEN 6 ELSE 7 END AS "place"
      FROM "Restore" WHERE "status" = 'completed' AND "finishedAtMs" IS NOT NULL AND "startedAtMs" IS NOT NULL
    ) AS "ended" GROUP BY "place"`;
  const counts = Array.from({ length: BOUNDS_SECONDS.length + 1 }, (_, place) =>
    Number(rows.find((row) => Number(row.place) === place)?.n ?? 0),
  );
  const sum = rows.reduce((all, { total }) => all + Number(total ?? 0), 0) / 1000;
  return {
    name: "lastgood_restore_duration_seconds",
    type: "histogram",
    help: "From the start of a restore to its end, of those that completed.",
    bounds: BOUNDS_SECONDS,
    samples: [{ labels: {}, counts, sum }],
  };
}
