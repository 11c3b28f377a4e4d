import type { RestoreStage } from "../domain/restore-stages.ts";
import type { Run } from "./engine.ts";

/** Tells the run where a restore stands, and keeps how long each stage took. */
export class StageClock {
  readonly timings: Partial<Record<RestoreStage, number>> = {};
  readonly #run: Run;
  #stage: RestoreStage = "plan";
  #sinceMs = performance.now();

  constructor(run: Run) {
    this.#run = run;
    run.progress("plan", 0, 1);
  }

  enter(stage: RestoreStage): void {
    this.#settle();
    this.#stage = stage;
    this.#run.progress(stage, 0, 1);
  }

  report(done: number, total: number): void {
    this.#run.progress(this.#stage, done, Math.max(total, 1));
  }

  /** Ends the last stage. */
  end(): Partial<Record<RestoreStage, number>> {
    this.#settle();
    this.#run.progress(this.#stage, 1, 1);
    return this.timings;
  }

  #settle(): void {
    const nowMs = performance.now();
    this.timings[this.#stage] = Math.round((this.timings[this.#stage] ?? 0) + nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }
}
