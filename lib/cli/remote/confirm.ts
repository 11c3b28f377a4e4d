import { createInterface } from "node:readline/promises";
import { CliError } from "../cli-error.ts";
import { cleanCell } from "../text/clean-text.ts";
import { paint } from "../text/paint.ts";
import type { Call } from "./call.ts";

type Question = {
  /** What will happen and what will be lost, shown before anything is asked. */
  lines: readonly string[];
  /** What has to be typed: the name of what is overwritten or deleted; null where a yes is enough. */
  name: string | null;
  /** The flag that answers in advance, with its dashes. */
  flag: string;
  given: boolean;
};

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a person before something destroys, naming what will be lost. Where nobody can be asked it is refused without its
 * flag: `not_confirmed`, and nothing has been started.
 */
export async function confirm(call: Call, { lines, name, flag, given }: Question): Promise<void> {
  if (given) {
    call.output.note(...lines);
    return;
  }
  if (!canAsk()) {
    call.output.note(...lines);
    throw new CliError("not_confirmed", "This was not confirmed, and nobody can be asked here.", {
      hint: `Look at what it does, then give ${flag}. Nothing was started.`,
    });
  }
  call.output.tell(...lines);
  const asked = name === null ? "Go on? Type yes: " : `Type ${paint("bold", cleanCell(name))} to go on: `;
  const typed = (await ask(asked)).trim();
  const isYes = name === null ? /^y(es)?$/i.test(typed) : typed === name;
  if (isYes) return;
  throw new CliError("not_confirmed", "Not confirmed.", { hint: "Nothing was started." });
}

/** One line from the person at the terminal; Ctrl-C and the end of the input are a no. */
export async function ask(question: string): Promise<string> {
  const { finishPaint, hasColour } = await import("../text/paint.ts");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const abort = new AbortController();
  lines.once("SIGINT", () => abort.abort());
  lines.once("close", () => abort.abort());
  try {
    return await lines.question(finishPaint(question, hasColour(process.stderr)), { signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    process.stderr.write("\n");
    throw new CliError("not_confirmed", "Not confirmed.", { hint: "Nothing was started." });
  } finally {
    lines.close();
  }
}
