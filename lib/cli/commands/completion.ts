import type { CommandShape } from "../command.ts";
import { bashScript, fishScript, type Tree, zshScript } from "../completion-scripts.ts";
import { calledWrongly } from "../parse-arguments.ts";
import { alone, verb } from "../verb.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** A script for the shell, made of what every command says about itself. */
export const completion = alone(
  "completion",
  verb({
    about: "print a script that completes commands, verbs and options",
    takes: ["<bash|zsh|fish>"],
    of: "none",
    options: {},
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/lastgood", "for bash"],
      ["completion zsh > ~/.zfunc/_lastgood", "for zsh, where ~/.zfunc is in fpath"],
      ["completion fish > ~/.config/fish/completions/lastgood.fish", "for fish"],
    ],
    async run(call, _values, [shell = ""]) {
      if (shell !== "bash" && shell !== "zsh" && shell !== "fish")
        throw calledWrongly("completion", "Say bash, zsh or fish");
      const script = SCRIPTS[shell](await readTree());
      call.output.answer({ shell, script }, () => script.split("\n"));
      return 0;
    },
  }),
);

/** Every command with its verbs and options. */
async function readTree(): Promise<Tree> {
  const { COMMANDS } = await import("../main.ts");
  const entries = Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
    const shape: CommandShape =
      name === "completion" ? { options: [], verbs: {} } : ((await load()).shape ?? { options: [], verbs: {} });
    return { name, summary, ...shape };
  });
  return Promise.all(entries);
}
