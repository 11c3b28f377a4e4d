import type { KeyObject } from "node:crypto";
import { randomInt } from "node:crypto";
import type { DrillAim, DrillAssertion, DrilledMoment } from "../../domain/drill.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { ResolvedMoment } from "../../domain/moment.ts";
import type { Engine, ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { CallContext } from "../../services/call-context.ts";
import { completeDrill, type DrillOrder, skipDrill, startDrill } from "../../services/drills/carry-out.ts";
import { AgentStopping, isLeftForLater } from "../job-loop.ts";

export type DrillMeans = {
  engine: Engine;
  database(id: string): Promise<ProtectedDatabase>;
  /** Signs receipts. */
  key: KeyObject;
  /** The job that this is, and the run of the agent that holds it. */
  jobId: string;
  holder: string;
  /** Whether the disk has room for a throwaway; without it none is made. */
  hasRoom?(): boolean;
};

/**
 * Restores each moment of a drill into a throwaway and has it checked. What cannot be restored is what a drill is to find out: it fails, with
 * what was wrong, and goes on with the other moment. Running it again after a crash begins anew and leaves nothing of the former run.
 */
export async function runDrill(ctx: CallContext, drillId: string, means: DrillMeans, run: Run): Promise<void> {
  if (means.hasRoom?.() === false && (await skipDrill(ctx, drillId))) return;
  const order = await startDrill(drillId);
  if (!order) return;
  const db = await means.database(order.databaseId);
  try {
    await drillAll(ctx, order, { db, means, run });
  } catch (error) {
    const isCancelled = error instanceof LastgoodError && error.code === "cancelled";
    // What a failed moment has left is evidence only beside a receipt.
    if (isCancelled) await clearAll(db, order, means, run);
    throw error;
  }
}

async function clearAll(
  db: ProtectedDatabase,
  { drillId, aims }: DrillOrder,
  { engine }: DrillMeans,
  run: Run,
): Promise<void> {
  for (const aim of aims) {
    await engine.drills
      .clear(db, throwawayOf(drillId, aim))
      .catch((error: unknown) => run.note?.(`What was restored could not be removed: ${String(error)}`));
  }
}

async function drillAll(
  ctx: CallContext,
  { drillId, aims, assertions }: DrillOrder,
  { db, means, run }: { db: ProtectedDatabase; means: DrillMeans; run: Run },
): Promise<void> {
  const moments: DrilledMoment[] = [];
  for (const aim of aims) {
    // What holds today need not have held at any time of the window: of two moments only the newest is asked.
    const asked = aim === "latest" || aims.length === 1 ? assertions : [];
    moments.push(await drillOne(db, { drillId, aim, assertions: asked }, means, run));
  }
  const { jobId, holder, key } = means;
  if (!(await completeDrill(ctx, { drillId, jobId, holder }, moments, key))) {
    throw new AgentStopping("the drill went to another");
  }
}

/** What names the throwaway of one moment of a drill. */
export const throwawayOf = (drillId: string, aim: DrillAim): string => `${drillId}-${aim}`;

async function drillOne(
  db: ProtectedDatabase,
  { drillId, aim, assertions }: { drillId: string; aim: DrillAim; assertions: readonly DrillAssertion[] },
  { engine }: DrillMeans,
  run: Run,
): Promise<DrilledMoment> {
  let at: ResolvedMoment | null = null;
  try {
    at = await chooseMoment(db, aim, engine);
    run.note?.(`Restoring ${aim === "latest" ? "the newest moment" : "a random moment"}, ${at.bookmark}.`);
    const findings = await engine.drills.drill(db, { id: throwawayOf(drillId, aim), at: at.bookmark, assertions }, run);
    return { aim, ...findings, error: null };
  } catch (error) {
    run.signal.throwIfAborted();
    if (!(error instanceof LastgoodError) || error.code === "internal" || isLeftForLater(error, run)) throw error;
    const { code, message, details } = error;
    return {
      aim,
      bookmark: at?.bookmark ?? null,
      timeMs: at?.timeMs ?? null,
      error: { code, message, hint: details.hint ?? null },
    };
  }
}

/** The newest moment, all that was acknowledged so far included; or what a time anywhere in the recovery window means. */
async function chooseMoment(db: ProtectedDatabase, aim: DrillAim, engine: Engine): Promise<ResolvedMoment> {
  if (aim === "latest") return engine.current(db);
  const { spans } = await engine.window(db);
  const timestampMs = randomTimeIn(spans);
  return timestampMs === null ? engine.current(db) : engine.resolve(db, { timestampMs });
}

/** Each millisecond of the spans is as likely as any other; null where there are none. */
function randomTimeIn(spans: readonly { fromMs: number; toMs: number }[]): number | null {
  const lengthOf = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => Math.max(1, Math.floor(toMs - fromMs));
  const total = spans.reduce((sum, span) => sum + lengthOf(span), 0);
  if (total === 0) return null;
  let offset = randomInt(total);
  for (const span of spans) {
    if (offset < lengthOf(span)) return Math.ceil(span.fromMs) + offset;
    offset -= lengthOf(span);
  }
  return null;
}
