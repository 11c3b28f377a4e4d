import { estimateTextWidth } from "./estimate-text-width.ts";
import type { Stalk } from "./layout-commits.ts";
import type { Mark } from "./layout-marks.ts";

/** A commit of the lowest scale that has a mark. `text` null: no room for its words. */
export type MarkedStalk = { stalk: Stalk; mark: Mark; text: string | null; side: "left" | "right" };

const BESIDE = 10;
const APART = 6;

/**
 * The marks of the commits in view, their words beside them: to the right, else to the left where the picture ends. Deletes
 * come first; words that would lie on others', or on what stands at the asked moment, are left out.
 */
export function layoutMarkedStalks(
  stalks: readonly Stalk[],
  marks: readonly Mark[],
  width: number,
  askedX: number | null,
): MarkedStalk[] {
  const byBookmark = new Map(
    marks.flatMap((mark) => (mark.kind !== "label" && mark.bookmark !== null ? [[mark.bookmark, mark] as const] : [])),
  );
  const found = stalks.flatMap((stalk) => {
    const mark = byBookmark.get(stalk.commit.bookmark);
    return mark ? [{ stalk, mark }] : [];
  });
  const order = [...found].sort((a, b) => Number(b.mark.isLoss ?? false) - Number(a.mark.isLoss ?? false));
  const taken: { left: number; right: number }[] = [];
  return order.map(({ stalk, mark }) => {
    const text = mark.sentence ?? mark.words;
    const room = estimateTextWidth(text) + BESIDE;
    const sides = [
      { side: "right" as const, left: stalk.x, right: stalk.x + room },
      { side: "left" as const, left: stalk.x - room, right: stalk.x },
    ];
    const free = sides.find(
      ({ left, right }) =>
        left >= 0 &&
        right <= width &&
        (askedX === null || askedX <= left || askedX >= right) &&
        taken.every((other) => right + APART <= other.left || left >= other.right + APART),
    );
    if (free) taken.push({ left: free.left, right: free.right });
    return { stalk, mark, text: free ? text : null, side: free?.side ?? "right" };
  });
}
