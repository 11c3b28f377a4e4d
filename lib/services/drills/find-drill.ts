import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";

export type DrillRow = Prisma.DrillGetPayload<Record<string, never>>;
export type DrillPlanRow = Prisma.DrillPlanGetPayload<Record<string, never>>;

/** Finds a drill of this database; another database's is `not_found`. */
export async function findDrill(
  db: MetadataReader,
  database: { id: string; name: string },
  id: string,
): Promise<DrillRow> {
  const row = isUuid(id)
    ? await db.drill.findFirst({ where: { id: id.toLowerCase(), databaseId: database.id } })
    : null;
  if (row) return row;
  throw new LastgoodError("not_found", `${database.name} has no such drill.`, { hint: "List its drills." });
}
