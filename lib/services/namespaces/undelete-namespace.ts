import type { NamespaceView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { resurrect } from "../databases/undelete-database.ts";
import { wakeAgentsOf } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";

/**
 * Takes the deletion of a namespace back, for whoever was its owner: its members, tokens and labels count again, and the
 * databases that were deleted with it are captured again. Those deleted before it stay deleted. Throws `conflict` once the
 * removal of one of them has begun.
 */
export async function undeleteNamespace(
  ctx: CallContext,
  { namespace }: { namespace: string },
): Promise<NamespaceView> {
  const { view, databases } = await perform(
    ctx,
    "namespace.undelete",
    { namespace },
    async ({ db, principal, note }) => {
      const { id } = principal.namespace;
      note({ kind: "namespace", id }, { slug: principal.namespace.slug });
      const { deletedAtMs } = await db.namespace.findUniqueOrThrow({ where: { id } });
      const databases = await db.database.findMany({ where: { namespaceId: id, deletedAtMs } });
      await db.namespace.update({ where: { id }, data: { deletedAtMs: null, deletedBy: null, purgeAfterMs: null } });
      for (const row of databases) {
        if (!(await resurrect(db, row, row.name))) throw tooLate();
      }
      note(null, { databases: databases.length });
      return { view: { ...principal.namespace, role: principal.role }, databases };
    },
  );
  await wakeAgentsOf(databases);
  return view;
}

function tooLate(): LastgoodError {
  return new LastgoodError("conflict", "The namespace is being removed: its grace period is over.", {
    hint: "It cannot be brought back any more.",
  });
}
