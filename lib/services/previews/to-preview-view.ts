import type { DatabaseState } from "../../client/api-types.ts";
import type { PreviewView } from "../../client/preview-types.ts";
import { metadata } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { toDatabaseViews } from "../databases/to-database-view.ts";
import type { Principal } from "../find-principal.ts";

/** Previews as routes and pages show them, in the order given. */
export async function toPreviewViews(principal: Principal, rows: DatabaseRow[]): Promise<PreviewView[]> {
  const views = await toDatabaseViews(principal, rows);
  // The latest state of its project that a preview was given, and what is under way.
  const restores = await metadata().restore.findMany({
    where: { targetDatabaseId: { in: rows.map(({ id }) => id) }, status: { in: ["queued", "running", "completed"] } },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    select: { id: true, targetDatabaseId: true, openKey: true, reachedBookmark: true },
  });
  return rows.map((row, i) => {
    const own = restores.filter(({ targetDatabaseId }) => targetDatabaseId === row.id);
    const done = own.findLast(({ openKey }) => openKey === null);
    const view = views[i];
    return {
      id: row.id,
      name: row.name,
      parentId: row.parentId ?? "",
      parentName: view?.preview?.parentName ?? null,
      state: row.state as DatabaseState,
      problem: row.problem,
      createdAtMs: toNumber(row.createdAtMs),
      createdBy: row.createdBy,
      expiresAtMs: toNumber(row.expiresAtMs),
      sourceTimeMs: toNumber(row.sourceTimeMs),
      sourceBookmark: done?.reachedBookmark ?? null,
      restoreId: (done ?? own.at(-1))?.id ?? null,
      openRestoreId: own.find(({ openKey }) => openKey !== null)?.id ?? null,
      databaseBytes: view?.capture?.databaseBytes ?? null,
    };
  });
}
