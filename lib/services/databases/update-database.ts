import type { DatabaseView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { assert } from "../../domain/assert.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { windowInTier } from "../../domain/tiers.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { readTier } from "../namespaces/read-tier.ts";
import { perform } from "../perform.ts";
import { purgeTimeOf } from "./bury-database.ts";
import { type DatabaseRow, findDatabase, toNameKey } from "./find-database.ts";
import { getDatabase } from "./get-database.ts";

const REGISTER_TIMEOUT_MS = 5_000;

export type UpdateDatabaseInput = {
  namespace: string;
  database: string;
  name?: string | undefined;
  /** 1 to 365. */
  windowDays?: number | undefined;
  /** PostgreSQL only: whether commits wait until they were received. */
  zeroLoss?: boolean | undefined;
};

/**
 * Changes a database's name or window. A longer window counts at once. A shorter one drops history, so it counts after the
 * grace period; until then asking for the window as it is takes it back. Throws `conflict` for a name in use, `forbidden`
 * for a window that is shorter than the database's policy allows or longer than the namespace's tier has.
 */
export async function updateDatabase(ctx: CallContext, input: UpdateDatabaseInput): Promise<DatabaseView> {
  const { namespace, database, name, windowDays, zeroLoss } = input;
  let changed: DatabaseRow | null = null;
  try {
    await perform(ctx, "database.update", { namespace }, async ({ db, principal, note }) => {
      const row = await findDatabase(db, principal, database);
      note({ kind: "database", id: row.id });
      const data = {
        ...(name !== undefined && { name, nameKey: toNameKey(name) }),
        ...(windowDays !== undefined && (await windowChange(db, row, windowDays))),
        ...(zeroLoss !== undefined && { zeroLoss }),
      };
      if (zeroLoss !== undefined) requireCluster(row);
      if (windowDays !== undefined && windowDays > row.windowDays) await requireInTier(db, row, windowDays);
      if (windowDays !== undefined && windowDays < row.windowDays) {
        await requireAllowed(db, row, windowDays);
        await requireConfirmed(ctx, db);
      }
      const after = await db.database.update({ where: { id: row.id }, data });
      note(null, { before: factsOf(row), after: factsOf(after) });
      changed = after;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw nameTaken(name ?? "");
    throw error;
  }
  assert(changed !== null, "what was changed is known");
  if (zeroLoss !== undefined) await tellAgent(changed);
  return getDatabase(ctx, { namespace, database: (changed as DatabaseRow).id });
}

/** An agent that does not answer reads it at its start. */
async function tellAgent(row: DatabaseRow): Promise<void> {
  try {
    await askAgentOf(row, "register", { databaseId: row.id }, REGISTER_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "agent_unavailable") throw error;
  }
}

function requireCluster({ engine, name }: DatabaseRow): void {
  if (engine === "postgres") return;
  throw new LastgoodError("invalid_input", `${name} is a file; its commits do not wait for anybody.`, {
    field: "zeroLoss",
    hint: "Leave zeroLoss out: it is for PostgreSQL alone.",
  });
}

async function requireInTier(db: MetadataTransaction, row: DatabaseRow, days: number): Promise<void> {
  if (row.engine === "postgres") windowInTier(await readTier(db, row.namespaceId), days, days);
}

async function windowChange(db: MetadataTransaction, row: DatabaseRow, days: number) {
  if (days >= row.windowDays) return { windowDays: days, nextWindowDays: null, nextWindowAtMs: null };
  // Asking for the same again does not begin the grace period anew.
  if (row.nextWindowDays === days) return {};
  return { nextWindowDays: days, nextWindowAtMs: purgeTimeOf(await storeNowMs(db)) };
}

function factsOf(row: DatabaseRow): Record<string, unknown> {
  const { name, windowDays, nextWindowDays, nextWindowAtMs } = row;
  return {
    name,
    windowDays,
    ...(row.engine === "postgres" && { zeroLoss: row.zeroLoss }),
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
