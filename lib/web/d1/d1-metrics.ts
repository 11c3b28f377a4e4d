import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import { parseTimestamp } from "../../domain/parse-timestamp.ts";
import type { D1MetricsQuestion } from "../../services/d1/read-d1-metrics.ts";

const DAY_MS = 86_400_000;

const filterSchema = z.object({
  databaseId: z.string().max(64).optional(),
  datetimeHour_geq: z.string().max(64).optional(),
  datetimeHour_leq: z.string().max(64).optional(),
});

/** The one question in GraphQL that there is an answer to: the sums of a database's queries, as `wrangler d1 info` asks. */
export const d1MetricsSchema = z.object({
  query: z
    .string()
    .max(10_000)
    .refine(
      (text) => text.includes("d1AnalyticsAdaptiveGroups"),
      "Of GraphQL only d1AnalyticsAdaptiveGroups is answered here.",
    ),
  variables: z.object({
    accountTag: z.string().max(64),
    filter: z.union([filterSchema.extend({ AND: z.array(filterSchema).min(1).max(10) }), filterSchema]),
  }),
});

/** The filter, whose parts may stand in a list of conditions that all hold. The last day where no time is given. */
export function toMetricsQuestion({
  accountTag,
  filter,
}: z.output<typeof d1MetricsSchema>["variables"]): D1MetricsQuestion {
  const all = "AND" in filter ? Object.assign({}, ...filter.AND, filter) : filter;
  const { databaseId, datetimeHour_geq, datetimeHour_leq } = filterSchema.parse(all);
  if (databaseId === undefined) {
    throw new LastgoodError("invalid_input", "The filter names no databaseId.", {
      field: "variables.filter.databaseId",
      hint: "Name one database.",
    });
  }
  const toMs = datetimeHour_leq === undefined ? Date.now() : parseTimestamp(datetimeHour_leq, "datetimeHour_leq");
  const fromMs = datetimeHour_geq === undefined ? toMs - DAY_MS : parseTimestamp(datetimeHour_geq, "datetimeHour_geq");
  return { account: accountTag, database: databaseId, fromMs, toMs };
}
