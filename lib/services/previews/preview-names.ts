import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { nameCopy, PREVIEW_LIMITS } from "../../domain/preview.ts";
import { type DatabaseRow, toNameKey } from "../databases/find-database.ts";

/** The name for a copy of a database: the one that was asked for, else the first that is free. In use: `conflict`. */
export async function chooseCopyName(
  db: MetadataReader,
  source: DatabaseRow,
  kind: "preview" | "restored",
  wanted: string | null,
): Promise<string> {
  const { namespaceId } = source;
  if (wanted !== null) {
    if (await db.database.findFirst({ where: { namespaceId, nameKey: toNameKey(wanted) } })) throw nameTaken(wanted);
    return wanted;
  }
  const rows = await db.database.findMany({
    where: { namespaceId, nameKey: { not: null } },
    select: { nameKey: true },
  });
  const taken = new Set(rows.map(({ nameKey }) => nameKey));
  return nameCopy(source.name, kind, (name) => taken.has(toNameKey(name)));
}

export function nameTaken(name: string): LastgoodError {
  return new LastgoodError("conflict", `There is a database ${name} already.`, {
    field: "name",
    hint: "Choose another name; upper and lower case count as the same.",
  });
}

/** How many previews a project may have at once. */
export function previewLimitOf({ previewLimit }: DatabaseRow): number {
  return previewLimit ?? PREVIEW_LIMITS.previewsPerProject;
}

/** Refuses one preview more than the project may have. Within the transaction that makes it. */
export async function requirePreviewLeft(db: MetadataReader, project: DatabaseRow): Promise<void> {
  const limit = previewLimitOf(project);
  const there = await db.database.count({ where: { parentId: project.id, kind: "preview", deletedAtMs: null } });
  if (there < limit) return;
  throw new LastgoodError("conflict", `${project.name} has ${there} previews already, as many as it may have.`, {
    field: "target",
    hint: "Delete one that is not needed any more, or overwrite it with this restore.",
    limit,
  });
}
