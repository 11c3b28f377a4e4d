import { readHealth } from "../../../lib/services/health/read-health.ts";
import { healthAnswer } from "../../../lib/web/answers/system-answers.ts";
import { openRoute } from "../../../lib/web/open-route.ts";
import { json } from "../../../lib/web/route.ts";

export const dynamic = "force-dynamic";

/** For load balancers and people alike, without signing in: it tells which part is missing, and nothing else. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = openRoute({
  GET: {
    operation: {
      id: "readHealth",
      tag: "System",
      summary: "Read whether every part is ready",
      action: null,
      answers: {
        200: { says: "All parts are ready.", schema: healthAnswer },
        503: { says: "A part is missing.", schema: healthAnswer },
      },
    },
    async run() {
      const health = await readHealth();
      return json(health, health.ready ? 200 : 503);
    },
  },
});
