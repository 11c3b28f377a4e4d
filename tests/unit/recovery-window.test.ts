import { describe, expect, it } from "vitest";
import { placeMoment, type RecoveryWindow } from "../../lib/domain/recovery-window.ts";

const window: RecoveryWindow = {
  spans: [
    { fromMs: 1000, toMs: 2000 },
    { fromMs: 3000, toMs: 5000 },
  ],
  gaps: [{ fromMs: 2000, toMs: 3000, reason: "the reader was down" }],
  suspect: [],
  damaged: [],
  oldest: null,
  newest: null,
  capturedThroughMs: 5000,
  windowDays: 30,
};

describe("a moment placed in the window", () => {
  it("is inside at both ends of a span", () => {
    for (const at of [1000, 1500, 2000, 3000, 5000]) expect(placeMoment(window, at, 6000).kind).toBe("inside");
  });

  it("in a gap names both of its edges", () => {
    expect(placeMoment(window, 2500, 6000)).toMatchObject({ kind: "gap", nearest: { beforeMs: 2000, afterMs: 3000 } });
  });

  it("before the window names its oldest moment", () => {
    expect(placeMoment(window, 999, 6000)).toEqual({ kind: "before", nearest: { afterMs: 1000 } });
  });

  it("in the future names now", () => {
    expect(placeMoment(window, 6001, 6000)).toEqual({ kind: "future", nearest: { beforeMs: 6000 } });
  });

  it("later than the last commit but not than now is inside: nothing was written since", () => {
    expect(placeMoment(window, 5500, 6000).kind).toBe("inside");
  });

  it("has no place in a window that holds nothing yet", () => {
    expect(placeMoment({ ...window, spans: [], gaps: [] }, 1500, 6000).kind).toBe("empty");
  });
});
