import { describe, expect, it } from "vitest";
import { isCancellableStage, RESTORE_STAGES, stagesOf } from "../../lib/domain/restore-stages.ts";

const plain = { fenceSeconds: null, runHooks: false, backup: null, secondCopy: null } as const;
const targets = ["project", "cutover", "preview", "new_preview", "new_database", "rows"] as const;

describe("the stages of a restore", () => {
  it.each(targets.flatMap((target) => [null, {}].map((backup) => ({ target, backup }))))(
    "of $target from $backup have one point from which on it cannot be cancelled",
    (of) => {
      const restore = { ...plain, ...of };
      const cancellable = stagesOf(restore).map((stage) => isCancellableStage(restore, stage));
      const firstNot = cancellable.indexOf(false);
      expect(firstNot).toBeGreaterThan(0);
      expect(cancellable.slice(firstNot)).not.toContain(true);
      expect(isCancellableStage(restore, null)).toBe(true);
      expect(stagesOf(restore).every((stage) => RESTORE_STAGES.includes(stage))).toBe(true);
    },
  );

  it("name hooks and the hold only where they were asked for", () => {
    expect(stagesOf({ ...plain, target: "project" })).toEqual(["plan", "keep", "prepare", "apply", "check"]);
    const stored = stagesOf({ ...plain, target: "new_preview", backup: {} });
    expect(stored).toEqual(["plan", "fetch", "inspect", "write", "check", "place"]);
    expect(stagesOf({ ...plain, target: "new_database", secondCopy: "shop.0123" })).toEqual(stored);
    const asked = { backup: null, secondCopy: null, target: "project", fenceSeconds: 30, runHooks: true } as const;
    expect(stagesOf(asked)).toEqual(["plan", "keep", "prepare", "hook-before", "apply", "check", "hook-after", "hold"]);
    expect(isCancellableStage(asked, "hook-before")).toBe(true);
    expect(isCancellableStage(asked, "hold")).toBe(false);
  });
});
