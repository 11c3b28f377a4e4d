import type { Output } from "./output.ts";

/** What every command ends with; those of errors stand in lib/domain/errors.ts and cli-error.ts. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  damaged: 4,
  refused: 5,
  busy: 6,
  cancelled: 7,
  timedOut: 8,
  approvalRequested: 9,
  unreachable: 10,
  interrupted: 130,
} as const;

/** One verb of the command line, alone in its file, or a noun with several verbs. */
export type Command = {
  /** How it is called, its options and exit codes; shown by `lastgood help <verb>`. */
  usage: string;
  /** Answers the exit code. What it throws is reported by `main`. */
  run(args: readonly string[], output: Output): Promise<number>;
  /** What can be typed behind it, for completion and for the page of commands; left out: nothing is known of that. */
  shape?: CommandShape;
};

/** A command's options, and its verbs where it is a noun. */
export type CommandShape = {
  options: readonly ShapedOption[];
  verbs: Readonly<Record<string, { about: string; options: readonly ShapedOption[]; takes: readonly string[] }>>;
};
export type ShapedOption = { name: string; value: string | null; about: string };

/** The shape of a command whose help is its own: the names of its options. */
export function optionsOnly(options: Readonly<Record<string, { type: string }>>): CommandShape {
  const shaped = Object.entries(options).map(([name, { type }]) => ({
    name,
    value: type === "string" ? "value" : null,
    about: "lastgood help says more",
  }));
  return { options: shaped, verbs: {} };
}
