import { readD1Metrics } from "../../../../lib/services/d1/read-d1-metrics.ts";
import { d1MetricsSchema, toMetricsQuestion } from "../../../../lib/web/d1/d1-metrics.ts";
import { d1Endpoint, d1Route } from "../../../../lib/web/d1/d1-route.ts";
import { json } from "../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  POST: d1Endpoint({
    body: d1MetricsSchema,
    async handle({ ctx, body }) {
      const sums = await readD1Metrics(ctx, toMetricsQuestion(body.variables));
      const d1AnalyticsAdaptiveGroups = sums.map((sum) => ({ sum }));
      return json({ data: { viewer: { accounts: [{ d1AnalyticsAdaptiveGroups }] } }, errors: null });
    },
  }),
});
