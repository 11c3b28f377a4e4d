import { Check, LoaderCircle, X } from "lucide-react";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { type RestoreStage, stagesOf } from "../../lib/domain/restore-stages.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { progressWords, stageWords } from "./restore-words.ts";
import { type StageTime, stageTimes } from "./stage-times.ts";

type StageState = "done" | "running" | "failed" | "to do" | "not reached";

function stateOf(restore: RestoreView, stage: RestoreStage): StageState {
  if (restore.status === "completed") return "done";
  const stages = stagesOf(restore);
  const here = restore.stage === null ? -1 : stages.indexOf(restore.stage);
  const at = stages.indexOf(stage);
  if (at < here) return "done";
  if (at > here) return restore.status === "running" || restore.status === "queued" ? "to do" : "not reached";
  return restore.status === "running" || restore.status === "queued" ? "running" : "failed";
}

/** The stages of a restore in their order, each with what it took. */
export function RestoreStages({
  restore,
  nowMs,
  short = false,
}: {
  restore: RestoreView;
  nowMs: number;
  short?: boolean;
}) {
  const stages = stagesOf(restore);
  const times = stageTimes(restore, nowMs);
  return (
    <ol>
      {stages.map((stage, index) => {
        const state = stateOf(restore, stage);
        const words = stageWords(stage, restore);
        const time = times[index];
        const progress =
          state === "running" && restore.progress && restore.progress.total > 1 ? restore.progress : null;
        const isLast = index === stages.length - 1;
        return (
          <li
            key={stage}
            aria-current={state === "running" ? "step" : undefined}
            className={joinClasses(
              "relative grid grid-cols-[24px_1fr_auto] gap-3 pb-[18px]",
              !isLast &&
                "before:absolute before:top-6 before:-bottom-0.5 before:left-[11px] before:w-0.5 before:bg-line-strong",
              !isLast && state === "done" && "before:bg-ok",
            )}
          >
            <StageMark state={state} number={index + 1} />
            <div>
              <p
                className={joinClasses(
                  "leading-6 font-[550]",
                  state === "running" && "text-accent",
                  (state === "to do" || state === "not reached") && "font-[450] text-ink-2",
                  state === "failed" && "text-danger-text",
                )}
              >
                {state === "running" ? words.doing : words.done}
                <span className="sr-only">, {state}</span>
              </p>
              {!short && (
                <p className="text-12 text-ink-3">
                  {progress ? `${progressWords(stage, progress)}. ${words.means}` : words.means}
                </p>
              )}
            </div>
            <span className="font-mono text-12/6 text-ink-2">{lengthWords(state, restore.timings[stage], time)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** What a stage took, takes so far, or will take. */
function lengthWords(state: StageState, tookMs: number | undefined, time: StageTime | undefined): string {
  if (state === "to do") return time?.totalMs ? `about ${formatDuration(roundUp(time.totalMs))}` : "";
  if (state === "running") return formatDuration(roundUp(time?.spentMs ?? 0));
  return state === "done" && tookMs !== undefined ? formatDuration(tookMs) : "";
}

/** What is guessed, or still counts, is told in whole seconds; below one in tenths. */
function roundUp(ms: number): number {
  return ms < 1000 ? Math.ceil(ms / 100) * 100 : Math.ceil(ms / 1000) * 1000;
}

function StageMark({ state, number }: { state: StageState; number: number }) {
  return (
    <span
      aria-hidden
      className={joinClasses(
        "relative grid size-6 place-items-center rounded-full border-[1.5px] border-line-strong bg-surface font-mono text-11 leading-none font-medium text-ink-3",
        state === "done" && "border-ok bg-ok-soft text-ok-text",
        state === "running" && "border-accent text-accent",
        state === "failed" && "border-danger bg-danger-soft text-danger-text",
      )}
    >
      {state === "done" && <Check size={14} strokeWidth={1.6} />}
      {state === "running" && <LoaderCircle size={14} strokeWidth={1.6} className="motion-safe:animate-turn" />}
      {state === "failed" && <X size={14} strokeWidth={1.6} />}
      {(state === "to do" || state === "not reached") && number}
    </span>
  );
}
