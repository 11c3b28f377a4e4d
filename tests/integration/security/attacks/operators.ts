import { metadata } from "../../../../lib/db/client.ts";
import { callRoute, findRouteFiles } from "../../routes/open-route-world.ts";
import { openMetadataWorld } from "../../services/open-metadata-world.ts";

const DB = "/api/namespaces/[ns]/databases/[db]";
/** What Prisma would take for an operator or for another column, were it handed on as it came. */
const BODIES: unknown[] = [
  { windowDays: { increment: 300 } },
  { windowDays: { set: 300 } },
  { name: { startsWith: "" } },
  { name: { set: "theirs" }, windowDays: 30 },
  { name: ["theirs"] },
  { windowDays: 40, namespaceId: { not: "" } },
  { windowDays: 40, path: "/etc/passwd" },
  { windowDays: null },
  {},
  [],
];

/** Case 38: no text or number can be an operator, and no field can be one that the route does not know. */
export async function attack(): Promise<string | null> {
  const world = await openMetadataWorld();
  const handlers = await findRouteFiles()
    .find(({ pattern }) => pattern === DB)
    ?.load();
  if (!handlers) throw new Error("there is such a route");
  const acme = await world.addNamespace("acme");
  const token = await world.addToken(await world.addUser("owner@acme.example", { [acme]: "owner" }), acme);
  const id = await world.addDatabase(acme, "shop");
  const headers = { authorization: `Bearer ${token}` };
  const change = async (body: unknown) =>
    (await callRoute(handlers, "PATCH", DB, { ns: "acme", db: id }, { body, headers })).status;
  const shop = () => metadata().database.findUniqueOrThrow({ where: { id } });
  try {
    const before = await shop();
    for (const body of BODIES) {
      const status = await change(body);
      const { windowDays } = await shop();
      if (windowDays !== before.windowDays) return `${JSON.stringify(body)} made the window ${windowDays} days long`;
      if (status !== 400) return `${JSON.stringify(body)} was answered ${status}`;
    }
    return (await change({ windowDays: 40 })) === 200 ? null : "a good change is refused";
  } finally {
    await world.close();
  }
}
