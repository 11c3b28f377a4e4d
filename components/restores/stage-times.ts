import type { RestoreView } from "../../lib/client/api-types.ts";
import { type RestoreStage, stagesOf } from "../../lib/domain/restore-stages.ts";

/** What a stage takes that cannot be told from the others, milliseconds. */
const USUAL_MS: Record<RestoreStage, number> = {
  plan: 100,
  fetch: 1000,
  inspect: 500,
  keep: 100,
  prepare: 1000,
  write: 1000,
  "hook-before": 5000,
  apply: 300,
  place: 500,
  check: 300,
  "hook-after": 5000,
  hold: 30_000,
};
/** What is left is not guessed from less than this. */
const LEAST_SHARE = 0.02;
const LEAST_ELAPSED_MS = 400;
/** A stage of pages, and what follows it, as parts of it. */
const FOLLOWING: Partial<Record<RestoreStage, number>> = { apply: 0.3, check: 0.2, place: 0.1 };

export type StageTime = {
  stage: RestoreStage;
  state: "done" | "running" | "to do";
  /** How long it took, or takes so far; null while it has not begun. */
  spentMs: number | null;
  /** How long it takes in all, as far as anybody can tell; null: nobody can. */
  totalMs: number | null;
};

/** How long each stage of a restore took, takes, and will take: all of it from its row, so that a reload shows the same. */
export function stageTimes(restore: RestoreView, nowMs: number): StageTime[] {
  const stages = stagesOf(restore);
  const here = restore.stage === null ? -1 : stages.indexOf(restore.stage);
  const others = stages.filter((_, index) => index !== here);
  const spentElsewhere = others.reduce((sum, stage) => sum + (restore.timings[stage] ?? 0), 0);
  let pagesMs: number | null = null;
  return stages.map((stage, index) => {
    if (index < here || restore.status === "completed") {
      const tookMs = restore.timings[stage] ?? 0;
      if (stage === "prepare" || stage === "write") pagesMs = tookMs;
      return { stage, state: "done", spentMs: tookMs, totalMs: tookMs };
    }
    if (index > here) return { stage, state: "to do", spentMs: null, totalMs: guess(stage, restore, pagesMs) };
    const spentMs = Math.max(0, nowMs - (restore.startedAtMs ?? nowMs) - spentElsewhere);
    const totalMs = extrapolate(stage, restore, spentMs);
    if (stage === "prepare" || stage === "write") pagesMs = totalMs;
    return { stage, state: "running", spentMs, totalMs };
  });
}

/** What is left until the end, milliseconds; null while nobody can tell. */
export function timeLeft(restore: RestoreView, nowMs: number): number | null {
  let leftMs = 0;
  for (const { state, spentMs, totalMs } of stageTimes(restore, nowMs)) {
    if (state === "done") continue;
    if (totalMs === null) return null;
    leftMs += Math.max(0, totalMs - (spentMs ?? 0));
  }
  return leftMs;
}

function extrapolate(stage: RestoreStage, restore: RestoreView, spentMs: number): number | null {
  if (stage === "hold") return restore.progress?.total ?? guess(stage, restore, null);
  const share = restore.progress && restore.progress.total > 1 ? restore.progress.done / restore.progress.total : null;
  if (share === null) return Math.max(spentMs, USUAL_MS[stage]);
  if (share < LEAST_SHARE || spentMs < LEAST_ELAPSED_MS) return null;
  return spentMs / share;
}

function guess(stage: RestoreStage, { fenceSeconds }: RestoreView, pagesMs: number | null): number {
  if (stage === "hold") return (fenceSeconds ?? 0) * 1000;
  return Math.max(USUAL_MS[stage], (FOLLOWING[stage] ?? 0) * (pagesMs ?? 0));
}
