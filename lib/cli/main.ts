import { LastgoodError } from "../domain/errors.ts";
import { type Command, EXIT } from "./command.ts";
import { columns } from "./help-text.ts";
import { Output } from "./output.ts";
import { suggest } from "./suggest.ts";

type Entry = { summary: string; load(): Promise<Command> };

/**
 * Every command, in the order in which they are told. Each is loaded when it is called: one that works without the console must
 * not need the console's code, and help comes at once.
 */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  status: {
    summary: "is everything protected, since when",
    load: async () => (await import("./commands/status.ts")).status,
  },
  databases: {
    summary: "list, show, create, attach, change and delete databases",
    load: async () => (await import("./commands/databases.ts")).databases,
  },
  erase: {
    summary: "purge history before a moment, for good",
    load: async () => (await import("./commands/erase.ts")).erase,
  },
  exposure: {
    summary: "what would be lost if the machine died now",
    load: async () => (await import("./commands/exposure.ts")).exposure,
  },
  window: {
    summary: "from which moments a database can be restored",
    load: async () => (await import("./commands/window.ts")).window,
  },
  bookmark: {
    summary: "which committed state a moment means",
    load: async () => (await import("./commands/bookmark.ts")).bookmark,
  },
  view: {
    summary: "read-only SQL at a moment of the past, without restoring",
    load: async () => (await import("./commands/view.ts")).view,
  },
  diff: {
    summary: "which rows differ between two moments",
    load: async () => (await import("./commands/diff.ts")).diff,
  },
  "give-back": {
    summary: "copy single rows or tables from the past into the present",
    load: async () => (await import("./commands/give-back.ts")).giveBack,
  },
  "restore-points": {
    summary: "put a label on a moment or a backup; list and delete labels",
    load: async () => (await import("./commands/restore-points.ts")).restorePoints,
  },
  backups: {
    summary: "create, list, check, download and delete backups",
    load: async () => (await import("./commands/backups.ts")).backups,
  },
  copies: {
    summary: "what the bucket of second copies holds; bring databases back from it",
    load: async () => (await import("./commands/copies.ts")).copies,
  },
  restore: {
    summary: "restore into a preview, a new database, or the project itself",
    load: async () => (await import("./commands/restore.ts")).restore,
  },
  restores: {
    summary: "list, show, watch, undo and cancel restores",
    load: async () => (await import("./commands/restores.ts")).restores,
  },
  previews: {
    summary: "copies of a project for a while: list, create, extend, download, delete",
    load: async () => (await import("./commands/previews.ts")).previews,
  },
  cutover: {
    summary: "make a preview's state the project's",
    load: async () => (await import("./commands/cutover.ts")).cutover,
  },
  schedules: {
    summary: "backups by themselves: list, create, pause, run, delete",
    load: async () => (await import("./commands/schedules.ts")).schedules,
  },
  alarms: {
    summary: "what is wrong: list, acknowledge, resolve",
    load: async () => (await import("./commands/alarms.ts")).alarms,
  },
  approvals: {
    summary: "what two people decide together: list, show, run, withdraw",
    load: async () => (await import("./commands/approvals.ts")).approvals,
  },
  tokens: {
    summary: "list, create and revoke API tokens",
    load: async () => (await import("./commands/tokens.ts")).tokens,
  },
  members: {
    summary: "who belongs to the namespace",
    load: async () => (await import("./commands/members.ts")).members,
  },
  webhooks: {
    summary: "who is told of what happens; send a test",
    load: async () => (await import("./commands/webhooks.ts")).webhooks,
  },
  regions: {
    summary: "where agents run, and whether moments can be restored there",
    load: async () => (await import("./commands/regions.ts")).regions,
  },
  agents: {
    summary: "the machines that databases live on: list, enrol, retire",
    load: async () => (await import("./commands/agents.ts")).agents,
  },
  enrol: {
    summary: "make this machine an agent, with a token of its console",
    load: async () => (await import("./commands/enrol.ts")).enrol,
  },
  audit: {
    summary: "read the audit log; prove that it is whole; take an anchor of it",
    load: async () => (await import("./commands/audit-log.ts")).auditLog,
  },
  profiles: {
    summary: "keep address, token and namespace of several consoles",
    load: async () => (await import("./commands/profiles.ts")).profiles,
  },
  completion: {
    summary: "completion for bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  account: {
    summary: "let somebody in again who lost password or second factor",
    load: async () => (await import("./commands/account.ts")).account,
  },
  doctor: {
    summary: "look at everything that Lastgood needs, and say what is wrong and what to do",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  "restore-offline": {
    summary: "list, verify and restore from a stored history alone, without the console",
    load: async () => (await import("./commands/restore-offline.ts")).restoreOffline,
  },
  tier: {
    summary: "what namespaces are offered of PostgreSQL, set by whoever runs Lastgood",
    load: async () => (await import("./commands/tier.ts")).tier,
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
    return await runCommand(args, output);
  } catch (error) {
    return output.failure(error);
  }
}

async function runCommand(args: readonly string[], output: Output): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
    output.text(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const isHelp = name === "help";
  const asked = isHelp ? (rest[0] ?? "") : name;
  const entry = Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  if (!entry) throw unknownCommand(asked);
  const command = await entry.load();
  if (Object.keys(command.shape?.verbs ?? {}).length > 0)
    return command.run(isHelp ? ["help", ...rest.slice(1)] : rest, output);
  if (isHelp || rest.includes("--help") || rest.includes("-h")) {
    output.text(command.usage);
    return EXIT.ok;
  }
  return command.run(rest, output);
}

function unknownCommand(asked: string): LastgoodError {
  const near = suggest(asked, Object.keys(COMMANDS));
  const hint = near === null ? "lastgood --help names every command." : `Did you mean lastgood ${near}?`;
  return new LastgoodError("invalid_input", `There is no command "${asked.slice(0, 100)}".`, { hint });
}

function overview(): string {
  return [
    "usage: lastgood <command> [options]",
    "",
    ...columns(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const)),
    "",
    "lastgood help <command> says more. Which console is asked: LASTGOOD_URL and LASTGOOD_TOKEN, or a profile.",
  ].join("\n");
}
