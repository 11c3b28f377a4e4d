import { runChild } from "../../processes/run-child.ts";
import type { CheckImageQuestion } from "./check-image-child.ts";

/** What SQLite's integrity check says of a database file that nobody has open: ["ok"] when nothing is wrong. */
export function checkImage(
  file: string,
  signal: AbortSignal,
  report: (done: number, total: number) => void,
): Promise<string[]> {
  report(0, 1);
  const input: CheckImageQuestion = { file };
  return runChild<string[]>({ script: new URL("./check-image-child.ts", import.meta.url), input, signal });
}
