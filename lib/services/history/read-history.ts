import { askAgent } from "../../agent/client.ts";
import type { CommitsView, DensityView } from "../../client/api-types.ts";
import type { Moment, ResolvedMoment } from "../../domain/moment.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { resolveTimestamp } from "./resolve-timestamp.ts";

export type OfDatabase = { namespace: string; database: string };

async function findReadable(ctx: CallContext, { namespace, database }: OfDatabase): Promise<DatabaseRow> {
  const row = await authorise(ctx, "database.read", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
  requireProtected(row);
  return row;
}

/** The spans from which any moment can be restored. */
export async function readWindow(ctx: CallContext, of: OfDatabase): Promise<RecoveryWindow> {
  const row = await findReadable(ctx, of);
  return askAgent("window", { databaseId: row.id });
}

/** The committed write that a moment means; without a moment the newest one. */
export async function resolveMoment(ctx: CallContext, of: OfDatabase, at: Moment | null): Promise<ResolvedMoment> {
  const { id: databaseId } = await findReadable(ctx, of);
  if (at === null) return askAgent("current", { databaseId });
  return "timestampMs" in at ? resolveTimestamp(databaseId, at.timestampMs) : askAgent("resolve", { databaseId, at });
}

/** How much was written when, in `buckets` equal stretches of [fromMs, toMs). */
export async function readDensity(
  ctx: CallContext,
  of: OfDatabase,
  range: { fromMs: number; toMs: number; buckets: number },
): Promise<DensityView> {
  const { id: databaseId } = await findReadable(ctx, of);
  return { buckets: await askAgent("density", { databaseId, ...range }) };
}

/** The commits around a moment, oldest first. */
export async function readCommits(
  ctx: CallContext,
  of: OfDatabase,
  around: { timeMs: number; before: number; after: number },
): Promise<CommitsView> {
  const { id: databaseId } = await findReadable(ctx, of);
  return { commits: await askAgent("commits", { databaseId, ...around }) };
}
