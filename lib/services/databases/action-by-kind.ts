import { metadata } from "../../db/client.ts";
import type { Action } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findPrincipal } from "../find-principal.ts";
import { type DatabaseRow, findDatabase } from "./find-database.ts";

/**
 * Which right something takes that is less of a matter with a preview than with a project. Whoever does not see the
 * database is asked for the project's: then nobody learns what there is. `requireKindOf` makes sure later on that the name
 * still means one of that kind.
 */
export async function actionByKind<A extends Action>(
  ctx: CallContext,
  { namespace, database }: { namespace: string; database: string },
  { project, preview }: { project: A; preview: A },
): Promise<A> {
  try {
    const principal = await findPrincipal(metadata(), ctx, namespace);
    const row = await findDatabase(metadata(), principal, database);
    return row.kind === "preview" ? preview : project;
  } catch (error) {
    if (error instanceof LastgoodError) return project;
    throw error;
  }
}

/** Refuses to do to a project what was allowed for a preview: its name may have become another database's meanwhile. */
export function requireKindOf<A extends Action>(row: DatabaseRow, action: A, { preview }: { preview: A }): void {
  if (action !== preview || row.kind === "preview") return;
  throw new LastgoodError("conflict", `${row.name} is another database by now.`, { hint: "Look at it again." });
}
