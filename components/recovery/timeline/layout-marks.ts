import { estimateTextWidth } from "./estimate-text-width.ts";
import type { Stretch } from "./layout-coverage.ts";
import type { TimeScale } from "./time-scale.ts";

export type MarkKind = "label" | "backup" | "restore" | "schema" | "delete";

/** Something that happened at a moment. Labels (people) stand in the upper lane, events in the lower one. */
export type Mark = {
  id: string;
  kind: MarkKind;
  ms: number;
  /** The state that the mark stands for; choosing the mark chooses it. */
  bookmark: string | null;
  /** The state just before it, where the mark itself knows. */
  before?: { bookmark: string; timeMs: number } | null;
  words: string;
  /** For a phone's width; null: only the icon. Without it the words are cut. */
  brief?: string | null;
  /** What it is called where there is room for a sentence. */
  sentence?: string;
  /** Whether rows went: drawn in danger's colours, with "just before" always beside it. */
  isLoss?: boolean;
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
  /** Whether "just before" is part of the chip itself. */
  hasBefore: boolean;
};

/** Width of "just before" within a chip. */
export const BEFORE_WIDTH = 21;
const ICON = 18;
const APART = 4;
const CROWD = 24;
const BESIDE_ICON = 25;
const LINE_APART = 3;
/** At most `length` characters, the cut marked. */
export function shortenWords(words: string, length: number): string {
  return words.length <= length ? words : `${words.slice(0, length - 1).trimEnd()}…`;
}

/**
 * Places marks in their lanes: words where there is room, else the icon; the mark nearest to the cursor keeps its words;
 * marks that would lie on each other become one, "6 marks". `taken` is what else stands in the upper lane.
 */
export function layoutMarks(
  marks: readonly Mark[],
  scale: TimeScale,
  {
    cursorMs,
    wordsLength = 26,
    narrow = false,
    taken = [],
  }: { cursorMs: number | null; wordsLength?: number; narrow?: boolean; taken?: readonly Stretch[] },
): PlacedMark[] {
  return ([0, 1] as const).flatMap((lane) => {
    const inLane = marks
      .filter((mark) => (mark.kind === "label" ? 0 : 1) === lane && mark.ms >= scale.fromMs && mark.ms <= scale.toMs)
      .sort((a, b) => a.ms - b.ms);
    return placeLane(gather(inLane, scale), lane, scale, {
      cursorMs,
      wordsLength,
      narrow,
      taken: lane === 0 ? taken : [],
    });
  });
}

const crowdText = (marks: readonly Mark[]) => `${marks.length} marks`;

/** The least room that a group takes: its icon, or the words of a crowd. */
function leastBox(marks: [Mark, ...Mark[]], scale: TimeScale): { x: number; left: number; width: number } {
  const x = scale.x((marks[0].ms + (marks.at(-1) ?? marks[0]).ms) / 2);
  const width = marks.length > 1 ? estimateTextWidth(crowdText(marks)) + 12 : ICON;
  return { x, left: Math.min(Math.max(0, x - width / 2), scale.width - width), width };
}

/** Joins neighbours until no two of the least boxes touch. `marks` are in time order. */
function gather(marks: readonly Mark[], scale: TimeScale): [Mark, ...Mark[]][] {
  const groups: [Mark, ...Mark[]][] = [];
  for (const mark of marks) {
    let group: [Mark, ...Mark[]] = [mark];
    for (let last = groups.at(-1); last; last = groups.at(-1)) {
      const [a, b] = [leastBox(last, scale), leastBox(group, scale)];
      if (b.left - (a.left + a.width) >= APART && b.x - a.x >= CROWD) break;
      groups.pop();
      group = [...last, ...group];
    }
    groups.push(group);
  }
  return groups;
}

/** The room beside a mark for its words, to its right and to its left, up to what stands there and the picture's edges. */
function roomBeside(
  mark: PlacedMark,
  placed: readonly PlacedMark[],
  taken: readonly Stretch[],
  width: number,
): { right: number; left: number } {
  const from = mark.x - ICON / 2;
  const to = mark.x + ICON / 2;
  const others = [
    ...placed
      .filter((other) => other !== mark)
      .map((other) => ({ middle: other.x, left: other.left, width: other.width })),
    ...taken.map((other) => ({ middle: other.x + other.width / 2, left: other.x, width: other.width })),
  ];
  const ends = others.filter((other) => other.middle > mark.x).map((other) => other.left - APART);
  const begins = others.filter((other) => other.middle <= mark.x).map((other) => other.left + other.width + APART);
  return { right: Math.min(width, ...ends) - from, left: to - Math.max(0, ...begins) };
}

function placeLane(
  groups: [Mark, ...Mark[]][],
  lane: 0 | 1,
  scale: TimeScale,
  {
    cursorMs,
    wordsLength,
    narrow,
    taken,
  }: { cursorMs: number | null; wordsLength: number; narrow: boolean; taken: readonly Stretch[] },
): PlacedMark[] {
  const placed: PlacedMark[] = groups.map((marks) => ({
    ...leastBox(marks, scale),
    marks,
    lane,
    text: marks.length > 1 ? crowdText(marks) : null,
    flipped: false,
    hasBefore: false,
  }));
  const cursorX = cursorMs === null ? null : scale.x(cursorMs);
  const distance = (mark: PlacedMark) => (cursorX === null ? -mark.x : Math.abs(mark.x - cursorX));
  const order = placed.filter((mark) => mark.marks.length === 1).sort((a, b) => distance(a) - distance(b));
  for (const [rank, mark] of order.entries()) {
    const room = roomBeside(mark, placed, taken, scale.width);
    const words = narrow ? (mark.marks[0].brief ?? mark.marks[0].words) : mark.marks[0].words;
    const hasBefore = mark.marks[0].isLoss === true && !narrow;
    const extra = BESIDE_ICON + (hasBefore ? BEFORE_WIDTH : 0);
    const length = rank === 0 && cursorX !== null ? fittingLength(words, wordsLength, extra, room) : wordsLength;
    const text = shortenWords(words, length);
    const width = estimateTextWidth(text) + extra;
    const sides = [
      { left: mark.x - ICON / 2, flipped: false, room: room.right },
      { left: mark.x + ICON / 2 - width, flipped: true, room: room.left },
    ].filter((side) => width <= side.room);
    const leavesCursor = ({ left }: { left: number }) =>
      cursorX === null || cursorX <= left + 2 || cursorX >= left + width - 2 || Math.abs(cursorX - mark.x) < ICON;
    const side = sides.find(leavesCursor) ?? sides[0];
    if (!side) continue;
    // What came just after the cursor stands right of its line, not on it.
    const apart = cursorX === null ? 0 : cursorX + LINE_APART - side.left;
    const isJustAfter = cursorX !== null && mark.x >= cursorX && !side.flipped && apart > 0 && apart < ICON;
    const left = isJustAfter && width + apart <= side.room ? side.left + apart : side.left;
    Object.assign(mark, { left, flipped: side.flipped, width, text, hasBefore });
  }
  return placed;
}

/** How much of its words the mark nearest to the cursor can keep: at least four letters, else none fit anyway. */
function fittingLength(words: string, most: number, extra: number, room: { right: number; left: number }): number {
  let length = Math.min(most, words.length);
  const widest = Math.max(room.right, room.left);
  while (length > 5 && estimateTextWidth(shortenWords(words, length)) + extra > widest) length -= 1;
  return length;
}
