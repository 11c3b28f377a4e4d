import { readHealth } from "../../../lib/services/health/read-health.ts";
import { answer, json } from "../../../lib/web/route.ts";

export const dynamic = "force-dynamic";

/** For load balancers and people alike, without signing in: it tells which part is missing, and nothing else. */
export const GET = (request: Request) =>
  answer(request, async () => {
    const health = await readHealth();
    return json(health, health.ready ? 200 : 503);
  });
