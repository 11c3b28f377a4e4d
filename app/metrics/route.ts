import {
  OPENMETRICS_TYPE,
  PROMETHEUS_TYPE,
  wantsPrometheusText,
  writeOpenMetrics,
  writePrometheusText,
} from "../../lib/domain/metrics.ts";
import { createLogger } from "../../lib/log.ts";
import { collectMetrics } from "../../lib/services/metrics/collect-metrics.ts";
import { requestMetrics } from "../../lib/web/request-metrics.ts";
import { answer } from "../../lib/web/route.ts";

export const dynamic = "force-dynamic";

const log = createLogger("console");

/** Figures of all namespaces, for the operator's monitoring alone: it has a token of its own, from the environment. */
export const GET = (request: Request) =>
  answer(request, async () => {
    const families = await collectMetrics(request.headers.get("authorization"), (err) =>
      log.warn({ err }, "the figures for monitoring could not all be read"),
    );
    const all = [...families, ...requestMetrics.families()];
    const isOld = wantsPrometheusText(request.headers.get("accept"));
    return new Response(isOld ? writePrometheusText(all) : writeOpenMetrics(all), {
      headers: { "content-type": isOld ? PROMETHEUS_TYPE : OPENMETRICS_TYPE, "cache-control": "no-store" },
    });
  });
