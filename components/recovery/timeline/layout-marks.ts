import { estimateTextWidth } from "./estimate-text-width.ts";
import type { Stretch } from "./layout-coverage.ts";
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
const APART = 4;
const CROWD = 24;
const BESIDE_ICON = 25;
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
    wordsLength = 22,
    taken = [],
  }: { cursorMs: number | null; wordsLength?: number; taken?: readonly Stretch[] },
): PlacedMark[] {
  return ([0, 1] as const).flatMap((lane) => {
    const inLane = marks
      .filter((mark) => (mark.kind === "label" ? 0 : 1) === lane && mark.ms >= scale.fromMs && mark.ms <= scale.toMs)
      .sort((a, b) => a.ms - b.ms);
    return placeLane(gather(inLane, scale), lane, scale, cursorMs, wordsLength, lane === 0 ? taken : []);
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
  cursorMs: number | null,
  wordsLength: number,
  taken: readonly Stretch[],
): PlacedMark[] {
  const placed: PlacedMark[] = groups.map((marks) => ({
    ...leastBox(marks, scale),
    marks,
    lane,
    text: marks.length > 1 ? crowdText(marks) : null,
    flipped: false,
  }));
  const cursorX = cursorMs === null ? null : scale.x(cursorMs);
  const distance = (mark: PlacedMark) => (cursorX === null ? -mark.x : Math.abs(mark.x - cursorX));
  const order = placed.filter((mark) => mark.marks.length === 1).sort((a, b) => distance(a) - distance(b));
  for (const [rank, mark] of order.entries()) {
    const room = roomBeside(mark, placed, taken, scale.width);
    const length = rank === 0 && cursorX !== null ? fittingLength(mark.marks[0].words, wordsLength, room) : wordsLength;
    const text = shortenWords(mark.marks[0].words, length);
    const width = estimateTextWidth(text) + BESIDE_ICON;
    const sides = [
      { left: mark.x - ICON / 2, flipped: false, room: room.right },
      { left: mark.x + ICON / 2 - width, flipped: true, room: room.left },
    ].filter((side) => width <= side.room);
    const leavesCursor = ({ left }: { left: number }) =>
      cursorX === null || cursorX <= left + 2 || cursorX >= left + width - 2 || Math.abs(cursorX - mark.x) < ICON;
    const side = sides.find(leavesCursor) ?? sides[0];
    if (side) Object.assign(mark, { left: side.left, flipped: side.flipped, width, text });
  }
  return placed;
}

/** How much of its words the mark nearest to the cursor can keep: at least four letters, else none fit anyway. */
function fittingLength(words: string, most: number, room: { right: number; left: number }): number {
  let length = Math.min(most, words.length);
  const widest = Math.max(room.right, room.left);
  while (length > 5 && estimateTextWidth(shortenWords(words, length)) + BESIDE_ICON > widest) length -= 1;
  return length;
}
