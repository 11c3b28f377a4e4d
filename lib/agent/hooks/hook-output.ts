import { stripVTControlCharacters } from "node:util";

const MOST_LINES = 100;
const MOST_CHARACTERS = 500;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** A program's output as lines that people may be shown: without control characters, and never more than a hundred. */
export class HookOutput {
  readonly #tell: (line: string) => void;
  #rest = "";
  #lines = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r/);
    // A line without an end is not kept for longer than it could be shown.
    this.#rest = (lines.pop() ?? "").slice(0, 4 * MOST_CHARACTERS);
    for (const line of lines) this.#put(line);
  }

  /** Tells the last line, if it had no end. */
  end(): void {
    if (this.#rest !== "") this.#put(this.#rest);
    this.#rest = "";
  }

  #put(line: string): void {
    const plain = stripVTControlCharacters(line).replaceAll("\t", " ").replace(UNPRINTABLE, "").trimEnd();
    if (plain === "" || this.#lines > MOST_LINES) return;
    this.#lines++;
    const cut = plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS)}…` : plain;
    this.#tell(this.#lines > MOST_LINES ? "(More output is left out.)" : cut);
  }
}
