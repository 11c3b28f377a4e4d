import type { CommandShape, ShapedOption } from "./command.ts";

/** Every command there is, in its order. */
export type Tree = readonly ({ name: string; summary: string } & CommandShape)[];

const flags = (options: readonly ShapedOption[]) => options.map(({ name }) => `--${name}`).join(" ");
/** What a shell puts in the place of an expression. */
const expand = (expression: string) => `$\{${expression}}`;
/** Within single quotes of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const HELP = "say more about a command";
/** What can be the first word, and what each does. */
const withHelp = (tree: Tree): (readonly [string, string])[] => [
  ...tree.map(({ name, summary }) => [name, summary] as const),
  ["help", HELP],
];

/** For bash: one function that looks at the first two words. */
export function bashScript(tree: Tree): string {
  const cases = tree.flatMap(({ name, options, verbs }) => {
    const names = Object.keys(verbs);
    if (names.length === 0) return [`    ${name}) words=${quoted(flags(options))} ;;`];
    return [
      ...Object.entries(verbs).map(
        ([verb, shape]) => `    ${quoted(`${name} ${verb}`)}) words=${quoted(flags(shape.options))} ;;`,
      ),
      `    ${quoted(`${name} `)}*|${name}) words=${quoted(names.join(" "))} ;;`,
    ];
  });
  const nouns = tree.filter(({ verbs }) => Object.keys(verbs).length > 0).map(({ name }) => name);
  return [
    "# bash completion for lastgood",
    "_lastgood() {",
    `  local current="${expand("COMP_WORDS[COMP_CWORD]")}" words="" key="${expand("COMP_WORDS[1]")}"`,
    '  if [ "$COMP_CWORD" -le 1 ]; then',
    `    words=${quoted(
      withHelp(tree)
        .map(([name]) => name)
        .join(" "),
    )}`,
    '    COMPREPLY=($(compgen -W "$words" -- "$current")); return',
    "  fi",
    `  case " ${nouns.join(" ")} " in`,
    `    *" $key "*) if [ "$COMP_CWORD" -gt 2 ]; then key="$key ${expand("COMP_WORDS[2]")}"; fi ;;`,
    "  esac",
    '  case "$key" in',
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    `  if [ "${expand("#COMPREPLY[@]")}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi`,
    "}",
    "complete -F _lastgood lastgood",
  ].join("\n");
}

/** For zsh, with what each word means. */
export function zshScript(tree: Tree): string {
  const described = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([word, means]) => quoted(`${word}:${means.replaceAll(":", "\\:")}`)).join(" ");
  const optionWords = (options: readonly ShapedOption[]) =>
    described(options.map(({ name, about }) => [`--${name}`, about] as const));
  const cases = tree.flatMap(({ name, options, verbs }) => {
    const entries = Object.entries(verbs);
    if (entries.length === 0) return [`    ${name}) choices=(${optionWords(options)}) ;;`];
    return [
      ...entries.map(([verb, shape]) => `    ${quoted(`${name} ${verb}`)}) choices=(${optionWords(shape.options)}) ;;`),
      `    ${name}) choices=(${described(entries.map(([verb, { about }]) => [verb, about] as const))}) ;;`,
    ];
  });
  const nouns = tree.filter(({ verbs }) => Object.keys(verbs).length > 0).map(({ name }) => name);
  return [
    "#compdef lastgood",
    "# zsh completion for lastgood",
    "_lastgood() {",
    "  local -a choices nouns",
    `  local key="${expand("words[2]")}"`,
    `  nouns=(${nouns.join(" ")})`,
    "  if (( CURRENT <= 2 )); then",
    `    choices=(${described(withHelp(tree))})`,
    "    _describe lastgood choices; return",
    "  fi",
    `  if (( CURRENT > 3 )) && [[ -n "${expand("nouns[(r)$key]")}" ]]; then key="$key ${expand("words[3]")}"; fi`,
    '  case "$key" in',
    ...cases,
    "  esac",
    "  # Files only where no word of ours fits.",
    `  (( ${expand("#choices")} )) && _describe lastgood choices && return`,
    "  _files",
    "}",
    'if [ "$funcstack[1]" = "_lastgood" ]; then _lastgood "$@"; else compdef _lastgood lastgood; fi',
  ].join("\n");
}

/** For fish, with what each word means. */
export function fishScript(tree: Tree): string {
  const lines = tree.flatMap(({ name, summary, options, verbs }) => {
    const entries = Object.entries(verbs);
    const own = `complete -c lastgood -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`;
    if (entries.length === 0) {
      return [own, ...options.map((option) => fishOption(`__fish_seen_subcommand_from ${name}`, option))];
    }
    const names = entries.map(([verb]) => verb).join(" ");
    return [
      own,
      ...entries.flatMap(([verb, shape]) => [
        `complete -c lastgood -n ${quoted(`__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${names}`)} -a ${verb} -d ${quoted(shape.about)}`,
        ...shape.options.map((option) =>
          fishOption(`__fish_seen_subcommand_from ${name}; and __fish_seen_subcommand_from ${verb}`, option),
        ),
      ]),
    ];
  });
  const help = `complete -c lastgood -n __fish_use_subcommand -a help -d ${quoted(HELP)}`;
  return ["# fish completion for lastgood", "complete -c lastgood -f", ...lines, help].join("\n");
}

/** A value has to follow; files are offered where it is one. */
const takenBy = (value: string | null) => (value === null ? "" : /^(file|folder)$/.test(value) ? " -r -F" : " -r");

function fishOption(condition: string, { name, value, about }: ShapedOption): string {
  return `complete -c lastgood -n ${quoted(condition)} -l ${name}${takenBy(value)} -d ${quoted(about)}`;
}
