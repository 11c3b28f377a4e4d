import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";

/** Finds a preview of the caller's namespace by id or name; a project is `conflict`. */
export async function findPreview(db: MetadataReader, principal: Principal, reference: string): Promise<DatabaseRow> {
  const row = await findDatabase(db, principal, reference);
  if (row.kind === "preview") return row;
  throw new LastgoodError("conflict", `${row.name} is no preview.`, {
    hint: "Restore a moment of it into a new preview first.",
  });
}

/** Finds a preview of this project; another one's, and whatever is no preview, is `not_found`. */
export async function findPreviewOf(
  db: MetadataReader,
  principal: Principal,
  project: DatabaseRow,
  reference: string,
): Promise<DatabaseRow> {
  const row = await findDatabase(db, principal, reference);
  if (row.kind === "preview" && row.parentId === project.id) return row;
  throw new LastgoodError("not_found", `${project.name} has no preview ${reference.slice(0, 64)}.`, {
    hint: "List its previews.",
  });
}

/** Refuses what only a project can do. */
export function requireProject(row: DatabaseRow, what: string): void {
  if (row.kind === "project") return;
  throw new LastgoodError("conflict", `${row.name} is a preview: it cannot ${what}.`, {
    hint: "Do that with its project.",
  });
}
