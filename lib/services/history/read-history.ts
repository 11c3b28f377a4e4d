import type { CommitsView, DensityView } from "../../client/api-types.ts";
import type { Moment, ResolvedMoment } from "../../domain/moment.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { resolveTimestamp } from "./resolve-timestamp.ts";

export type OfDatabase = { namespace: string; database: string };

/** A protected database whose history the caller may read. */
export async function findReadable(ctx: CallContext, { namespace, database }: OfDatabase): Promise<DatabaseRow> {
  const row = await authorise(ctx, "database.read", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
  requireProtected(row);
  return row;
}

/** The spans from which any moment can be restored. */
export async function readWindow(ctx: CallContext, of: OfDatabase): Promise<RecoveryWindow> {
  const row = await findReadable(ctx, of);
  return askAgentOf(row, "window", { databaseId: row.id });
}

/** The committed write that a moment means; without a moment the newest one. */
export async function resolveMoment(ctx: CallContext, of: OfDatabase, at: Moment | null): Promise<ResolvedMoment> {
  const row = await findReadable(ctx, of);
  if (at === null) return askAgentOf(row, "current", { databaseId: row.id });
  if ("timestampMs" in at) return resolveTimestamp(row, at.timestampMs);
  return askAgentOf(row, "resolve", { databaseId: row.id, at });
}

/** How much was written when, in `buckets` equal stretches of [fromMs, toMs). */
export async function readDensity(
  ctx: CallContext,
  of: OfDatabase,
  range: { fromMs: number; toMs: number; buckets: number },
): Promise<DensityView> {
  const row = await findReadable(ctx, of);
  return { buckets: await askAgentOf(row, "density", { databaseId: row.id, ...range }) };
}

/** The commits around a moment, oldest first. */
export async function readCommits(
  ctx: CallContext,
  of: OfDatabase,
  around: { timeMs: number; before: number; after: number },
): Promise<CommitsView> {
  const row = await findReadable(ctx, of);
  return { commits: await askAgentOf(row, "commits", { databaseId: row.id, ...around }) };
}
