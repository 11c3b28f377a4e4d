import type { Output } from "./output.ts";

/** What every command ends with; those of errors stand in lib/domain/errors.ts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, damaged: 4, refused: 5 } as const;

/** One verb of the command line, alone in its file. */
export type Command = {
  /** How it is called, its options and exit codes; shown by `lastgood help <verb>`. */
  usage: string;
  /** Answers the exit code. What it throws is reported by `main`. */
  run(args: readonly string[], output: Output): Promise<number>;
};
