import type { DatabaseView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { purgeTimeOf } from "./bury-database.ts";
import { type DatabaseRow, findDatabase, toNameKey } from "./find-database.ts";
import { getDatabase } from "./get-database.ts";

export type UpdateDatabaseInput = {
  namespace: string;
  database: string;
  name?: string | undefined;
  /** 1 to 365. */
  windowDays?: number | undefined;
};

/**
 * Changes a database's name or window. A longer window counts at once. A shorter one drops history, so it counts after the
 * grace period; until then asking for the window as it is takes it back. Throws `conflict` for a name in use, `forbidden`
 * for a window that is shorter than the database's policy allows.
 */
export async function updateDatabase(ctx: CallContext, input: UpdateDatabaseInput): Promise<DatabaseView> {
  const { namespace, database, name, windowDays } = input;
  let id = "";
  try {
    await perform(ctx, "database.update", { namespace }, async ({ db, principal, note }) => {
      const row = await findDatabase(db, principal, database);
      id = row.id;
      note({ kind: "database", id: row.id });
      const data = {
        ...(name !== undefined && { name, nameKey: toNameKey(name) }),
        ...(windowDays !== undefined && windowChange(row, windowDays)),
      };
      if (windowDays !== undefined && windowDays < row.windowDays) {
        await requireAllowed(db, row, windowDays);
        await requireConfirmed(ctx, db);
      }
      const after = await db.database.update({ where: { id: row.id }, data });
      note(null, { before: factsOf(row), after: factsOf(after) });
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw nameTaken(name ?? "");
    throw error;
  }
  return getDatabase(ctx, { namespace, database: id });
}

function windowChange(row: DatabaseRow, days: number) {
  if (days >= row.windowDays) return { windowDays: days, nextWindowDays: null, nextWindowAtMs: null };
  // Asking for the same again does not begin the grace period anew.
  if (row.nextWindowDays === days) return {};
  return { nextWindowDays: days, nextWindowAtMs: purgeTimeOf(nowMs()) };
}

function factsOf({ name, windowDays, nextWindowDays, nextWindowAtMs }: DatabaseRow): Record<string, unknown> {
  return {
    name,
    windowDays,
    ...(nextWindowDays !== null && { nextWindowDays, nextWindowAtMs: Number(nextWindowAtMs) }),
  };
}

async function requireAllowed(db: MetadataTransaction, row: DatabaseRow, days: number): Promise<void> {
  const policy = await db.policy.findUnique({ where: { databaseId: row.id }, select: { leastWindowDays: true } });
  const least = policy?.leastWindowDays ?? null;
  if (least === null || days >= least) return;
  throw new LastgoodError("forbidden", `The policy of ${row.name} asks for a window of at least ${least} days.`, {
    field: "windowDays",
    hint: "Choose a longer window, or have the policy changed.",
  });
}

function nameTaken(name: string): LastgoodError {
  return new LastgoodError("conflict", `There is a database ${name} already.`, {
    field: "name",
    hint: "Choose another name; upper and lower case count as the same.",
  });
}
