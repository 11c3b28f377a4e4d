/*
 * Colour is written as marks that cannot come from anybody's data (noncharacters of Unicode, which cleaning takes out) and
 * becomes the terminal's own sequences at the very end, or nothing.
 */
const MARKS = { bold: "\ufdd0", dim: "\ufdd1", good: "\ufdd2", warning: "\ufdd3", bad: "\ufdd4" } as const;
const END = "\ufdd5";
const SEQUENCES: Readonly<Record<string, string>> = {
  [MARKS.bold]: "\u001b[1m",
  [MARKS.dim]: "\u001b[2m",
  [MARKS.good]: "\u001b[32m",
  [MARKS.warning]: "\u001b[33m",
  [MARKS.bad]: "\u001b[31m",
  [END]: "\u001b[0m",
};

export type Paint = keyof typeof MARKS;

/** A text that was cleaned, marked to be shown in a colour where there are colours. */
export function paint(as: Paint, text: string): string {
  return text === "" ? "" : MARKS[as] + text + END;
}

/** Whether a stream shows colours: a terminal, and nobody has said NO_COLOR (no-color.org). */
export function hasColour(stream: { isTTY?: boolean | undefined }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** The marks as the terminal's sequences, or taken out. */
export function finishPaint(text: string, colour: boolean): string {
  return text.replace(/[\ufdd0-\ufdd5]/g, (mark) => (colour ? (SEQUENCES[mark] ?? "") : ""));
}
