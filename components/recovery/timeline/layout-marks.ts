import type { TimeScale } from "./time-scale.ts";

export type MarkKind = "label" | "restore";

/** Something that happened at a moment. Labels (people) stand in the upper lane, events in the lower one. */
export type Mark = {
  id: string;
  kind: MarkKind;
  ms: number;
  /** The state that the mark stands for; choosing the mark chooses it. */
  bookmark: string | null;
  words: string;
};

export type PlacedMark = {
  marks: [Mark, ...Mark[]];
  x: number;
  left: number;
  width: number;
  lane: 0 | 1;
  /** Words beside the icon; null where there is only room for the icon. */
  text: string | null;
  flipped: boolean;
};

const ICON = 18;
const CROWD = 21;
const BESIDE_ICON = 25;
const narrow = /[il.,·' ]/;
const wide = /[mw]/;

/** Width of words at 11 px, near enough to lay chips out without measuring them. */
export function estimateTextWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (narrow.test(character)) width += 3.2;
    else if (wide.test(character)) width += 8.8;
    else if (/[A-Z]/.test(character)) width += 6.9;
    else if (/[0-9]/.test(character)) width += 6.6;
    else if (/[frt-]/.test(character)) width += 4.4;
    else width += 6.4;
  }
  return Math.ceil(width);
}

/** At most `length` characters, the cut marked. */
export function shortenWords(words: string, length: number): string {
  return words.length <= length ? words : `${words.slice(0, length - 1).trimEnd()}…`;
}

/**
 * Places marks in their lanes: words where there is room, else the icon; the mark nearest to the cursor keeps its words;
 * marks that would lie on each other become one, "6 marks".
 */
export function layoutMarks(
  marks: readonly Mark[],
  scale: TimeScale,
  {
    cursorMs,
    wordsLength = 22,
    extraWidth = 0,
  }: { cursorMs: number | null; wordsLength?: number; extraWidth?: number },
): PlacedMark[] {
  return ([0, 1] as const).flatMap((lane) => {
    const inLane = marks
      .filter((mark) => (mark.kind === "label" ? 0 : 1) === lane && mark.ms >= scale.fromMs && mark.ms <= scale.toMs)
      .sort((a, b) => a.ms - b.ms);
    return placeLane(gather(inLane, scale), lane, scale, cursorMs, wordsLength, extraWidth);
  });
}

function gather(marks: Mark[], scale: TimeScale): [Mark, ...Mark[]][] {
  const groups: [Mark, ...Mark[]][] = [];
  for (const mark of marks) {
    const last = groups.at(-1);
    const lastMark = last?.at(-1);
    if (last && lastMark && scale.x(mark.ms) - scale.x(lastMark.ms) < CROWD) last.push(mark);
    else groups.push([mark]);
  }
  return groups;
}

function placeLane(
  groups: [Mark, ...Mark[]][],
  lane: 0 | 1,
  scale: TimeScale,
  cursorMs: number | null,
  wordsLength: number,
  extraWidth: number,
): PlacedMark[] {
  const placed: PlacedMark[] = groups.map((marks) => {
    const middle = (marks[0].ms + (marks.at(-1) ?? marks[0]).ms) / 2;
    const x = scale.x(middle);
    return { marks, x, left: x - ICON / 2, width: ICON, lane, text: null, flipped: false };
  });
  const distance = (mark: PlacedMark) => (cursorMs === null ? -mark.x : Math.abs(mark.x - scale.x(cursorMs)));
  const order = [...placed].sort((a, b) => distance(a) - distance(b));
  for (const [rank, mark] of order.entries()) {
    const [first] = mark.marks;
    const crowd = mark.marks.length > 1;
    const text = crowd ? `${mark.marks.length} marks` : shortenWords(first.words, wordsLength);
    const width = estimateTextWidth(text) + (crowd ? 12 : BESIDE_ICON + extraWidth);
    const others = placed.filter((other) => other !== mark);
    const sides = [
      { left: crowd ? mark.x - width / 2 : mark.x - ICON / 2, flipped: false },
      { left: mark.x + ICON / 2 - width, flipped: true },
    ];
    const fits = ({ left }: { left: number }) =>
      left >= 0 &&
      left + width <= scale.width &&
      others.every((other) => left + width + 3 <= other.left || left >= other.left + other.width + 3);
    const cursorX = cursorMs === null ? null : scale.x(cursorMs);
    const leavesCursor = ({ left }: { left: number }) =>
      cursorX === null || cursorX <= left + 2 || cursorX >= left + width - 2 || Math.abs(cursorX - mark.x) < ICON;
    const side =
      sides.find((one) => fits(one) && leavesCursor(one)) ??
      sides.find(fits) ??
      (crowd || (rank === 0 && cursorMs !== null) ? sides[0] : undefined);
    if (side) Object.assign(mark, { ...side, width, text });
  }
  return placed;
}
