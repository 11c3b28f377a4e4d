/**
 * The clock by which commits are captured and windows are counted, Unix milliseconds. One object, so that a process can be
 * given a clock that jumps: see `useWallClock`. What is compared with times of files, or only measures a wait, reads its own.
 */
export const wallClock = { now: (): number => Date.now() };

/** Replaces the clock in this process, as the simulator does; returns what puts the former one back. */
export function useWallClock(now: () => number): () => void {
  const former = wallClock.now;
  wallClock.now = now;
  return () => {
    wallClock.now = former;
  };
}
