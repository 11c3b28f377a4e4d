import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import type { CommandShape } from "../../../lib/cli/command.ts";
import { COMMANDS } from "../../../lib/cli/main.ts";
import { runLastgood } from "../../world/run-lastgood.ts";

/* The scripts for completion, read and carried out by the shells that they are for. */
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];
const folder = mkdtempSync(path.join(tmpdir(), "completion-"));
const scriptOf = (shell: Shell) => path.join(folder, shell);
/** Lines that are typed so far, and what may stand in the place of their last word. */
let asked: Map<string, string[]>;

beforeAll(async () => {
  for (const shell of SHELLS) writeFileSync(scriptOf(shell), (await runLastgood(["completion", shell])).out);
  const shapes = Object.entries(COMMANDS).map(async ([name, { load }]) => [name, (await load()).shape] as const);
  asked = new Map((await Promise.all(shapes)).flatMap(([name, shape]) => linesOf(name, shape)));
  asked.set("", [...Object.keys(COMMANDS), "help"]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function linesOf(name: string, shape: CommandShape | undefined): [string, string[]][] {
  // Its script cannot know itself before it is loaded.
  if (!shape || name === "completion") return [];
  const flags = (options: CommandShape["options"]) => options.map((option) => `--${option.name}`);
  const verbs = Object.entries(shape.verbs);
  if (verbs.length === 0) return [[`${name} --`, flags(shape.options)]];
  return [
    [`${name} `, Object.keys(shape.verbs)],
    ...verbs.map(([verb, { options }]): [string, string[]] => [`${name} ${verb} --`, flags(options)]),
  ];
}

async function shell(context: TestContext, name: Shell, args: readonly string[], more: readonly string[] = []) {
  const program = ["/usr/bin", "/bin", "/usr/local/bin"].map((one) => path.join(one, name)).find(existsSync);
  if (program === undefined) return context.skip(`this machine has no ${name} (apt-get install ${name})`);
  const env = { NODE_ENV: "test" as const, PATH: process.env.PATH ?? "", HOME: folder, TERM: "dumb", LANG: "C.UTF-8" };
  const { stdout } = await promisify(execFile)(program, [...args, ...more], { env, timeout: 60_000 });
  return stdout;
}

/** What each line was answered, in the order of the lines; a line of the output is `line` TAB `word`. */
function groupAnswers(stdout: string): Map<string, string[]> {
  const answers = new Map<string, string[]>([...asked.keys()].map((line) => [line, []]));
  for (const row of stdout.split("\n")) {
    const [line, word] = row.split("\t");
    if (line !== undefined && word !== undefined) answers.get(line)?.push(word);
  }
  return answers;
}

const sorted = (answers: Map<string, string[]>) =>
  Object.fromEntries([...answers].map(([line, words]) => [line, words.toSorted()]));

describe("completion offers every command, verb and option", () => {
  test("in bash", async (context) => {
    await shell(context, "bash", ["-n", scriptOf("bash")]);
    const ask = `
      source "$1"; shift
      for line in "$@"; do
        COMP_WORDS=(lastgood $line)
        if [ -z "$line" ] || [ "\${line% }" != "$line" ]; then COMP_WORDS+=(""); fi
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        COMPREPLY=(); _lastgood
        for word in "\${COMPREPLY[@]}"; do printf '%s\t%s\n' "$line" "$word"; done
      done`;
    const stdout = await shell(context, "bash", ["--norc", "-c", ask, "bash", scriptOf("bash")], [...asked.keys()]);
    expect(sorted(groupAnswers(stdout))).toEqual(sorted(asked));
  });

  test("in fish", async (context) => {
    await shell(context, "fish", ["-n", scriptOf("fish")]);
    const ask = `
      source $argv[1]
      for line in $argv[2..]
        for word in (complete -C "lastgood $line" | string split -f1 \\t)
          printf '%s\\t%s\\n' $line $word
        end
      end`;
    const stdout = await shell(context, "fish", ["--no-config", "-c", ask, "--", scriptOf("fish")], [...asked.keys()]);
    expect(sorted(groupAnswers(stdout))).toEqual(sorted(asked));
  });

  test("in zsh, at a terminal: what is typed but for its last letter is completed", async (context) => {
    await shell(context, "zsh", ["-n", scriptOf("zsh")]);
    const whole = [...asked].flatMap(([line, words]) => {
      const before = line.replace(/--$/, "");
      const isAlone = (word: string) => !words.some((one) => one !== word && one.startsWith(word.slice(0, -1)));
      // One option of each verb, and each verb of each noun.
      const chosen = line.endsWith("--") ? words.filter(isAlone).slice(0, 1) : words.filter(isAlone);
      return chosen.map((word) => `${before}${word}`);
    });
    expect(whole.length).toBeGreaterThan(100);
    const ask = `
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PROMPT="> "; autoload -Uz compinit; compinit -D -u; source '$1'; lastgood() { print -r -- "GOT"":$*:" }; print READ""Y'
      shift
      zpty -r z out '*READY*'
      for line in "$@"; do
        zpty -w -n z "lastgood $line"$'\\t\\r'
        zpty -r z out '*GOT:*:*'
        print -r -- "\${\${out##*GOT:}%%:*}"
      done
      zpty -d z`;
    const typed = whole.map((line) => line.slice(0, -1));
    const stdout = await shell(context, "zsh", ["-f", "-c", ask, "zsh", scriptOf("zsh")], typed);
    expect(stdout.trimEnd().split("\n")).toEqual(whole);
  });
});
