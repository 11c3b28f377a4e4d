import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { type Command, EXIT, optionsOnly } from "../command.ts";
import type { Diagnosis } from "../doctor/finding.ts";
import type { Output } from "../output.ts";
import { calledWrongly, parseArguments } from "../parse-arguments.ts";

const VERB = "doctor";
const USAGE = `usage: lastgood ${VERB} [options]

Looks at an installation, on its machine and best as its user: environment, Node, data directory, disk, metadata, clock, secret, processes,
programs of PostgreSQL, the capture of each database, histories, stores, keys, schedules. Each finding is ok, a warning or a problem, with
its cause and the next step. The console need not run. Nothing is changed; each bucket gets a small object, which is removed again.

  --data <folder>        the data directory; LASTGOOD_DATA, or .lastgood here
  --env <file>           variables that Lastgood is started with, as systemd reads them (/etc/lastgood/lastgood.env)
  --quiet                leave out what is ok
  --strict               warnings end with exit code 4 as well
  --json                 one JSON object instead of text, errors too

exit codes: 0 no problem, 1 failed, 2 called wrongly, 4 at least one problem`;

const OPTIONS = {
  data: { type: "string" },
  env: { type: "string" },
  quiet: { type: "boolean" },
  strict: { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** Says what is wrong with an installation, and what to do. */
export const doctor: Command = { usage: USAGE, run, shape: optionsOnly(OPTIONS) };

async function run(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArguments(VERB, args, OPTIONS);
  if (positionals.length > 0) throw calledWrongly(VERB, `There is nothing to do with ${positionals.join(" ")}`);
  if (values.env !== undefined) takeEnvironment(values.env);
  if (values.data !== undefined) process.env.LASTGOOD_DATA = resolve(values.data);
  const { examine } = await import("../doctor/examine.ts");
  const findings = await examine(process.env);
  const count = (status: Diagnosis["status"]) => findings.filter((one) => one.status === status).length;
  const counts = { ok: count("ok"), warnings: count("warning"), problems: count("problem") };
  const isWell = counts.problems === 0 && !(values.strict === true && counts.warnings > 0);
  output.answer({ isWell, counts, findings }, () => [
    ...findings.filter(({ status }) => values.quiet !== true || status !== "ok").flatMap(toLines),
    `${counts.problems} problems, ${counts.warnings} warnings, ${counts.ok} ok`,
  ]);
  return isWell ? EXIT.ok : EXIT.damaged;
}

/** What this process was given itself counts more, as a variable of a shell does. */
function takeEnvironment(file: string): void {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = WHY_UNREADABLE[code] ?? String(error);
    throw calledWrongly(VERB, `${file} cannot be read: ${why}`);
  }
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file.",
  EACCES: "this user may not. Run it as root, who may read the environment of a service.",
  EISDIR: "it is a folder.",
};

const MARKS = { ok: "ok      ", warning: "warning ", problem: "PROBLEM " } as const;

function toLines({ status, check, says, next }: Diagnosis): string[] {
  const line = `${MARKS[status]} ${check.padEnd(14)} ${says}`;
  return next === undefined ? [line] : [line, `${" ".repeat(24)}→ ${next}`];
}
