import { type MetadataReader, metadata } from "../../db/client.ts";
import { transact } from "../transact.ts";
import { emitEvent } from "./emit-event.ts";

/** A setting for each database whose stop was told of, until it is captured again. */
const PREFIX = "capture-stopped:";

/** Why nothing is captured, what to do about it, and since when, Unix milliseconds. */
export type CaptureStop = { reason: string; remedy: string; sinceMs: number };

/** The stops of an agent's databases that were told of. */
export async function readToldStops(
  db: MetadataReader,
  agentId: string,
): Promise<({ databaseId: string } & CaptureStop)[]> {
  const rows = await db.setting.findMany({ where: { key: { startsWith: PREFIX } }, orderBy: { key: "asc" } });
  const owned = await db.database.findMany({
    where: { agentId, deletedAtMs: null, id: { in: rows.map(({ key }) => key.slice(PREFIX.length)) } },
    select: { id: true },
  });
  const ids = new Set(owned.map(({ id }) => id));
  return rows.flatMap(({ key, value }) => {
    const databaseId = key.slice(PREFIX.length);
    return ids.has(databaseId) ? [{ databaseId, ...readStop(value) }] : [];
  });
}

/** Ids of an agent's databases whose stop was told of, deleted ones too. */
export async function listToldStops(agentId: string): Promise<string[]> {
  const rows = await metadata().setting.findMany({ where: { key: { startsWith: PREFIX } } });
  const owned = await metadata().database.findMany({
    where: { agentId, id: { in: rows.map(({ key }) => key.slice(PREFIX.length)) } },
    select: { id: true },
  });
  return owned.map(({ id }) => id);
}

/** Tells of a stop of capture unless it was told of already; a deleted database's is no stop. */
export async function tellStopped(databaseId: string, stop: CaptureStop): Promise<void> {
  await transact(async (tx) => {
    const key = `${PREFIX}${databaseId}`;
    const database = await tx.database.findFirst({ where: { id: databaseId, deletedAtMs: null } });
    if (!database || (await tx.setting.findUnique({ where: { key } }))) return;
    await tx.setting.create({ data: { key, value: JSON.stringify(stop) } });
    await emitEvent(tx, {
      namespaceId: database.namespaceId,
      databaseId,
      type: "capture.stopped",
      data: {
        database: { id: databaseId, name: database.name },
        reason: stop.reason,
        remedy: stop.remedy,
        since: new Date(stop.sinceMs).toISOString(),
      },
    });
  });
}

/** Forgets a stop that is over: the next one is told of again. */
export async function forgetStop(databaseId: string): Promise<void> {
  await metadata().setting.deleteMany({ where: { key: `${PREFIX}${databaseId}` } });
}

/** What was written down; earlier versions knew the time alone. */
function readStop(value: string): CaptureStop {
  const known = JSON.parse(value) as number | CaptureStop;
  if (typeof known !== "number") return known;
  return { reason: "Nothing is captured.", remedy: "The page of the database says why.", sinceMs: known };
}
