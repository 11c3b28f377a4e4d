import { metadata } from "../../db/client.ts";
import { transact } from "../transact.ts";
import { emitEvent } from "./emit-event.ts";

/** A setting for each database whose stop was told of, until it is captured again. */
const PREFIX = "capture-stopped:";

/** Ids of an agent's databases whose stop was told of. */
export async function listToldStops(agentId: string): Promise<string[]> {
  const rows = await metadata().setting.findMany({ where: { key: { startsWith: PREFIX } } });
  const owned = await metadata().database.findMany({
    where: { agentId, id: { in: rows.map(({ key }) => key.slice(PREFIX.length)) } },
    select: { id: true },
  });
  return owned.map(({ id }) => id);
}

/** Tells of a stop of capture unless it was told of already; a deleted database's is no stop. */
export async function tellStopped(
  databaseId: string,
  { reason, remedy, sinceMs }: { reason: string; remedy: string; sinceMs: number },
): Promise<void> {
  await transact(async (tx) => {
    const key = `${PREFIX}${databaseId}`;
    const database = await tx.database.findFirst({ where: { id: databaseId, deletedAtMs: null } });
    if (!database || (await tx.setting.findUnique({ where: { key } }))) return;
    await tx.setting.create({ data: { key, value: String(sinceMs) } });
    await emitEvent(tx, {
      namespaceId: database.namespaceId,
      databaseId,
      type: "capture.stopped",
      data: {
        database: { id: databaseId, name: database.name },
        reason,
        remedy,
        since: new Date(sinceMs).toISOString(),
      },
    });
  });
}

/** Forgets a stop that is over: the next one is told of again. */
export async function forgetStop(databaseId: string): Promise<void> {
  await metadata().setting.deleteMany({ where: { key: `${PREFIX}${databaseId}` } });
}
