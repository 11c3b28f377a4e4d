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
  return Promise.all(
    rows.map(async (row): Promise<IntegrationView> => {
      const databases = readCovered(row.databases);
      const last = await db.integrationPush.findFirst({
        where: { integrationId: row.id },
        orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      });
      const [lastPush = null] = last ? await toPushViews(db, namespaceId, [last]) : [];
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
        lastPush,
        pending: await db.integrationPush.count({ where: { integrationId: row.id, status: "pending" } }),
      };
    }),
  );
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
