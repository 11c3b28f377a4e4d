import { LastgoodError } from "../domain/errors.ts";
import { type Command, EXIT } from "./command.ts";
import { Output } from "./output.ts";

type Entry = { summary: string; load(): Promise<Command> };

/** Every verb. A command is loaded when it is called: one that works without the console must not need the console's code. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  account: {
    summary: "let somebody in again who lost password or second factor",
    load: async () => (await import("./commands/account.ts")).account,
  },
  audit: {
    summary: "prove that the audit log is whole, and take an anchor of it",
    load: async () => (await import("./commands/audit.ts")).audit,
  },
  "restore-offline": {
    summary: "list, verify and restore from a stored history alone, without the console",
    load: async () => (await import("./commands/restore-offline.ts")).restoreOffline,
  },
};

/** Runs the command line with the arguments behind the program's name; answers the exit code. Never throws. */
export async function main(args: readonly string[]): Promise<number> {
  // Whoever reads the answer may have seen enough, as `head` does.
  process.stdout.on("error", (error) =>
    process.exit("code" in error && error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
  );
  const output = new Output(args.includes("--json"));
  try {
    return await runVerb(args, output);
  } catch (error) {
    return output.failure(error);
  }
}

async function runVerb(args: readonly string[], output: Output): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === undefined || verb === "--help" || verb === "-h" || (verb === "help" && rest.length === 0)) {
    output.text(overview());
    return verb === undefined ? EXIT.usage : EXIT.ok;
  }
  const asked = verb === "help" ? (rest[0] ?? "") : verb;
  const entry = Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  if (!entry) {
    throw new LastgoodError("invalid_input", `There is no command "${asked}".`, {
      hint: `Commands: ${Object.keys(COMMANDS).join(", ")}.`,
    });
  }
  const command = await entry.load();
  if (verb === "help" || rest.includes("--help") || rest.includes("-h")) {
    output.text(command.usage);
    return EXIT.ok;
  }
  return command.run(rest, output);
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((verb) => verb.length));
  const lines = Object.entries(COMMANDS).map(([verb, { summary }]) => `  ${verb.padEnd(width)}  ${summary}`);
  return ["usage: lastgood <command> [options]", "", ...lines, "", "lastgood help <command> says more."].join("\n");
}
