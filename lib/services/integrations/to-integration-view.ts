import type { IntegrationView, PushView } from "../../client/integration-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { IntegrationSettings, Variable } from "../../domain/integration.ts";
import { readCovered, readDatabaseNames } from "../databases/covered-databases.ts";
import type { IntegrationRow } from "./find-integration.ts";

export type PushRow = Prisma.IntegrationPushGetPayload<Record<string, never>>;

/** What only its kind has, as it was stored. */
export function readSettings({ kind, settings }: Pick<IntegrationRow, "kind" | "settings">): IntegrationSettings {
  return { kind, ...(JSON.parse(settings) as object) } as IntegrationSettings;
}

export function readVariables({ variables }: Pick<IntegrationRow, "variables">): Variable[] {
  return JSON.parse(variables) as Variable[];
}

/** Integrations as routes and pages show them, in the order given. Never a token, never a value. */
export async function toIntegrationViews(
  db: MetadataReader,
  namespaceId: string,
  rows: readonly IntegrationRow[],
): Promise<IntegrationView[]> {
  const names = await readDatabaseNames(
    db,
    namespaceId,
    rows.flatMap(({ databases }) => readCovered(databases) ?? []),
  );
  const pushes = await readPushes(
    db,
    namespaceId,
    rows.map(({ id }) => id),
  );
  return rows.map((row): IntegrationView => {
    const databases = readCovered(row.databases);
    return {
      id: row.id,
      name: row.name,
      baseUrl: row.baseUrl,
      settings: readSettings(row),
      databases: databases?.map((id) => ({ id, name: names.get(id) ?? null })) ?? "all",
      variables: readVariables(row),
      active: row.active,
      createdAtMs: toNumber(row.createdAtMs),
      createdBy: row.createdBy,
      ...(pushes.get(row.id) ?? { lastPush: null, pending: 0 }),
    };
  });
}

/** The last push of each integration and how many wait: a few questions, however many there are. */
async function readPushes(
  db: MetadataReader,
  namespaceId: string,
  ids: readonly string[],
): Promise<Map<string, Pick<IntegrationView, "lastPush" | "pending">>> {
  const integrationId = { in: [...ids] };
  const waiting = await db.integrationPush.groupBy({
    by: ["integrationId"],
    where: { integrationId, status: "pending" },
    _count: { _all: true },
  });
  const newest = await db.integrationPush.groupBy({
    by: ["integrationId"],
    where: { integrationId },
    _max: { createdAtMs: true },
  });
  const named = newest.flatMap((one) =>
    one._max.createdAtMs === null ? [] : [{ integrationId: one.integrationId, createdAtMs: one._max.createdAtMs }],
  );
  // Those of one instant come in their order: the last one counts.
  const last =
    named.length === 0 ? [] : await db.integrationPush.findMany({ where: { OR: named }, orderBy: { id: "asc" } });
  const views = await toPushViews(db, namespaceId, last);
  const pending = new Map(waiting.map((one) => [one.integrationId, one._count._all]));
  const lastPush = new Map(last.map((row, i) => [row.integrationId, views[i] ?? null]));
  return new Map(ids.map((id) => [id, { lastPush: lastPush.get(id) ?? null, pending: pending.get(id) ?? 0 }]));
}

/** Pushes in the order given. */
export async function toPushViews(
  db: MetadataReader,
  namespaceId: string,
  rows: readonly PushRow[],
): Promise<PushView[]> {
  const names = await readDatabaseNames(
    db,
    namespaceId,
    rows.map(({ databaseId }) => databaseId),
  );
  return rows.map((row) => ({
    id: row.id,
    database: { id: row.databaseId, name: names.get(row.databaseId) ?? null },
    restoreId: row.restoreId,
    status: row.status as PushView["status"],
    names: JSON.parse(row.names) as string[],
    attempts: row.attempts,
    nextAtMs: toNumber(row.nextAtMs),
    error: row.error,
    createdAtMs: toNumber(row.createdAtMs),
    endedAtMs: toNumber(row.endedAtMs),
  }));
}
