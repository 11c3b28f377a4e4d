import { metadata } from "../../../../lib/db/client.ts";
import { callRoute, findRouteFiles, openRouteWorld } from "../../routes/open-route-world.ts";

const DB = "/api/namespaces/[ns]/databases/[db]";
const BODY = '{"windowDays":300}';

/** Case 16: what a page of another site can send with somebody's cookie, a form or JSON as text, changes nothing. */
export async function attack(): Promise<string | null> {
  const world = await openRouteWorld();
  const [session] = world.callers.owner;
  const handlers = await findRouteFiles()
    .find(({ pattern }) => pattern === DB)
    ?.load();
  if (!session || !handlers) throw new Error("there is an owner and a route");
  const { origin, ...cookie } = session.headers;
  const change = async (headers: Record<string, string>) =>
    (await callRoute(handlers, "PATCH", DB, { ns: "acme", db: world.shop }, { body: BODY, headers })).status;
  try {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      const status = await change({ ...session.headers, "content-type": type });
      if (status !== 415) return `"${type}" was answered ${status}`;
    }
    for (const foreign of [{}, { origin: "null" }, { origin: "https://evil.example" }, { origin: `${origin}.evil` }]) {
      const status = await change({ ...cookie, ...foreign });
      if (status !== 403) return `${JSON.stringify(foreign)} was answered ${status}`;
    }
    const { windowDays } = await metadata().database.findUniqueOrThrow({ where: { id: world.shop } });
    if (windowDays === 300) return "the window was changed";
    return (await change(session.headers)) === 200 ? null : "our own page is refused";
  } finally {
    await world.close();
  }
}
