import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { CallContext } from "../call-context.ts";
import { findPrincipal } from "../find-principal.ts";
import { authorise } from "../perform.ts";
import { visibleTo } from "./find-database.ts";

/** Where a project is: what every other use-case takes. */
export type OfProject = { namespace: string; database: string };

/**
 * The project that an address under `/v1/projects` names by its id, which is its production database's. A token fixes the namespace;
 * a session derives it from the id. A preview's id, another namespace's and whatever else is `not_found`, all alike.
 */
export function findProject(ctx: CallContext, projectId: string): Promise<OfProject> {
  return findById(ctx, projectId, { kind: "project" }, noProject);
}

/** The same for an address under `/v1/databases`, where previews are databases too. */
export function findDatabaseById(ctx: CallContext, databaseId: string): Promise<OfProject> {
  return findById(ctx, databaseId, {}, noDatabase);
}

async function findById(
  ctx: CallContext,
  id: string,
  where: { kind?: "project" },
  refusal: () => LastgoodError,
): Promise<OfProject> {
  const row = isUuid(id)
    ? await metadata().database.findFirst({
        where: { id: id.toLowerCase(), deletedAtMs: null, ...where },
        select: { id: true, namespaceId: true },
      })
    : null;
  if (!row) throw refusal();
  try {
    const principal = await findPrincipal(metadata(), ctx, row.namespaceId);
    const visible = await metadata().database.count({ where: { AND: [visibleTo(principal), { id: row.id }] } });
    if (visible === 0) throw refusal();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "not_found") throw error;
    await auditStranger(ctx, row.namespaceId);
    throw refusal();
  }
  return { namespace: row.namespaceId, database: row.id };
}

/** Whoever reaches for another namespace's database is written down, as everywhere. */
async function auditStranger(ctx: CallContext, namespace: string): Promise<void> {
  try {
    await authorise(ctx, "restore.read", { namespace }, async () => null);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
}

function noProject(): LastgoodError {
  return new LastgoodError("not_found", "There is no such project.", {
    hint: "A project's id is that of its production database; a preview is none.",
  });
}

function noDatabase(): LastgoodError {
  return new LastgoodError("not_found", "There is no such database.", {
    hint: "A database is named by its id here; GET /api/namespaces/{namespace}/databases lists them.",
  });
}
