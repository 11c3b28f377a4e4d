import { isDiskFailure, LogGap, MirrorDamaged } from "./capture-problem.ts";

/** What a capture that begins again may not take for granted. */
export class CaptureDoubts {
  /** The log does not lead from the history's end to where it is now: what lies between becomes one step, a gap. */
  log = false;
  /** Some page of the mirror is not what the history says: it is made anew as a whole. */
  mirror = false;
  /**
   * The disk under the history failed: nothing is trusted that was not durable before. The mirror is made anew, and the whole
   * database compared with it although the log goes on.
   */
  disk = false;

  /** Takes in why capture ended; true when it can begin again at once. */
  note(error: unknown): boolean {
    if (error instanceof LogGap) this.log = true;
    else if (error instanceof MirrorDamaged) this.mirror = true;
    else {
      if (isDiskFailure(error)) this.disk = true;
      return false;
    }
    return true;
  }

  /** The history was just begun with a full image. */
  clear(): void {
    this.log = false;
    this.mirror = false;
    this.disk = false;
  }
}
