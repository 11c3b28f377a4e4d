/** What a key means on the timeline. */
export type TimelineCommand =
  | { kind: "step"; unit: "commit" | "second" | "minute"; direction: "before" | "after" }
  | { kind: "zoom"; direction: "in" | "out" }
  | { kind: "end"; which: "oldest" | "newest" }
  | { kind: "now" }
  | { kind: "before-mark" };

type KeyPress = { key: string; shiftKey: boolean; altKey: boolean; ctrlKey: boolean; metaKey: boolean };

/** Left and right step by commit, with Shift by second, with Alt by minute; null for every other key. */
export function readTimelineKey({ key, shiftKey, altKey, ctrlKey, metaKey }: KeyPress): TimelineCommand | null {
  if (ctrlKey || metaKey) return null;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const unit = altKey ? "minute" : shiftKey ? "second" : "commit";
    return { kind: "step", unit, direction: key === "ArrowLeft" ? "before" : "after" };
  }
  if (altKey) return null;
  if (key === "+" || key === "=") return { kind: "zoom", direction: "in" };
  if (key === "-" || key === "_") return { kind: "zoom", direction: "out" };
  if (key === "Home") return { kind: "end", which: "oldest" };
  if (key === "End") return { kind: "end", which: "newest" };
  if (key === "n" || key === "N") return { kind: "now" };
  if (key === "b" || key === "B") return { kind: "before-mark" };
  return null;
}
