import { metadata } from "../../../../lib/db/client.ts";
import { type Caller, callRoute, findRouteFiles, openRouteWorld } from "../../routes/open-route-world.ts";

const NS = "/api/namespaces/[ns]";
const DB = `${NS}/databases/[db]`;
const label = { body: { label: "mine now" } };
const CALLS: [method: string, pattern: string, options: { body?: unknown }][] = [
  ["GET", DB, {}],
  ["DELETE", DB, {}],
  ["GET", `${DB}/snapshots`, {}],
  ["POST", `${DB}/snapshots`, label],
  ["GET", `${DB}/restores`, {}],
  ["GET", `${NS}/audit/export`, {}],
];

/** Cases 1 to 5: whatever another namespace has is absent, its ids too, and that somebody asked is written down. */
export async function attack(): Promise<string | null> {
  const world = await openRouteWorld();
  const files = findRouteFiles();
  const call = async (
    caller: Caller,
    method: string,
    pattern: string,
    params: Record<string, string>,
    body: unknown,
  ) => {
    const file = files.find((one) => one.pattern === pattern);
    if (!file) throw new Error(`no route ${pattern}`);
    const options = { headers: caller.headers, ...(body === undefined ? {} : { body }) };
    return (await callRoute(await file.load(), method, pattern, params, options)).status;
  };
  try {
    const before = await metadata().auditEntry.count({ where: { outcome: { not: "done" } } });
    let tries = 0;
    for (const [method, pattern, { body }] of CALLS) {
      for (const caller of world.callers.foreigner) {
        const status = await call(caller, method, pattern, { ns: "acme", db: world.shop }, body);
        if (status !== 404) return `${caller.name} was answered ${status} by ${method} ${pattern} of acme`;
        tries++;
      }
      if (!pattern.includes("[db]")) continue;
      for (const caller of world.callers.owner) {
        const status = await call(caller, method, pattern, { ns: "acme", db: world.theirs }, body);
        if (status !== 404) return `${caller.name} was answered ${status} by ${method} ${pattern} with a foreign id`;
        tries++;
      }
    }
    const theirs = await world.addRestorePoint(world.theirs, "theirs");
    const [owner] = world.callers.owner;
    if (!owner) throw new Error("there is an owner");
    const foreign = await call(
      owner,
      "DELETE",
      `${DB}/snapshots/[id]`,
      { ns: "acme", db: world.shop, id: theirs },
      undefined,
    );
    if (foreign !== 404) return `a foreign label was answered ${foreign}`;
    const written = (await metadata().auditEntry.count({ where: { outcome: { not: "done" } } })) - before;
    return written === tries + 1 ? null : `${tries + 1} attempts left ${written} entries`;
  } finally {
    await world.close();
  }
}
