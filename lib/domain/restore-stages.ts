import type { RestoreTargetKind } from "./restore.ts";

/**
 * Everything that a restore may have to go through. What is written in place: `apply` is its swap, around which the operator's
 * hooks run and writes may be held. What is written beside: `write` makes a file, `place` puts it where it belongs and
 * has it captured. What comes from a backup or a second copy begins with `fetch` and `inspect`.
 */
export const RESTORE_STAGES = [
  "plan",
  "fetch",
  "inspect",
  "keep",
  "prepare",
  "write",
  "hook-before",
  "apply",
  "place",
  "check",
  "hook-after",
  "hold",
] as const;
export type RestoreStage = (typeof RESTORE_STAGES)[number];

/** The most seconds for which writes of an attached database are held around a restore. */
export const MOST_FENCE_SECONDS = 60;

/** What decides which stages there are. */
export type Staged = {
  target: RestoreTargetKind;
  fenceSeconds: number | null;
  runHooks: boolean;
  /** The backup that it comes from; null: none. */
  backup: object | null;
  /** The second copy that it comes from; without either it is a state of a history that is here. */
  secondCopy: string | null;
};

/** The stages of a restore of that kind, in their order. */
export function stagesOf({ target, fenceSeconds, runHooks, backup, secondCopy }: Staged): readonly RestoreStage[] {
  const begin = backup || secondCopy ? (["plan", "fetch", "inspect"] as const) : (["plan"] as const);
  if (target === "rows") return ["plan", "keep", "prepare", "apply", "check"];
  if (target === "new_preview" || target === "new_database") return [...begin, "write", "check", "place"];
  return [
    ...begin,
    "keep",
    "prepare",
    ...(runHooks ? (["hook-before"] as const) : []),
    "apply",
    "check",
    ...(runHooks ? (["hook-after"] as const) : []),
    ...(fenceSeconds === null ? [] : (["hold"] as const)),
  ];
}

/** From there on a restore ends by itself: cancelling before leaves everything as it was. */
const POINTS_OF_NO_RETURN: readonly RestoreStage[] = ["apply", "place"];

/** Whether a restore that stands there can still be cancelled as if it had never begun. */
export function isCancellableStage(restore: Staged, stage: RestoreStage | null): boolean {
  const stages = stagesOf(restore);
  const end = stages.findIndex((one) => POINTS_OF_NO_RETURN.includes(one));
  return stage === null || stages.indexOf(stage) < end;
}

export function isRestoreStage(text: string | null): text is RestoreStage {
  return RESTORE_STAGES.some((stage) => stage === text);
}
