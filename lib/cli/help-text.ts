import { padToWidth } from "./text/text-width.ts";

type Option = { value?: string; about: string; multiple?: boolean; short?: string };
type Told = {
  about: string;
  takes: readonly string[];
  options: Readonly<Record<string, Option>>;
  examples: readonly (readonly [call: string, means: string])[];
  notes: readonly string[];
};

const COLUMNS = 100;
const EXIT_CODES =
  "exit codes: 0 done, 1 failed, 2 called wrongly, 3 not found or outside of the window, 4 damaged, 5 refused, 6 busy, " +
  "7 cancelled, 8 timed out, 9 approval requested, 10 no Lastgood there, 130 interrupted";

/** The help of one verb. */
export function verbUsage(name: string, { about, takes, options, examples, notes }: Told): string {
  const entries = Object.entries(options).map(
    ([option, { value, about: says, multiple = false, short }]) =>
      [
        `${short === undefined ? "" : `-${short}, `}--${option}${value === undefined ? "" : ` <${value}>`}`,
        multiple ? `${says}; may be given more than once` : says,
      ] as const,
  );
  return [
    `usage: lastgood ${[name, ...takes].join(" ")} [options]`,
    "",
    ...wrap(`${about.slice(0, 1).toUpperCase()}${about.slice(1)}.`, 0),
    "",
    ...columns(entries),
    ...notes.flatMap((note) => ["", ...wrap(note, 0)]),
    ...(examples.length === 0
      ? []
      : ["", "examples:", ...examples.flatMap(([call, means]) => [`  # ${means}`, `  lastgood ${call}`])]),
    "",
    ...wrap(EXIT_CODES, 0),
  ].join("\n");
}

/** The help of a noun: its verbs. */
export function groupUsage(
  noun: string,
  about: string,
  verbs: Readonly<Record<string, { about: string; takes: readonly string[] }>>,
): string {
  return [
    `usage: lastgood ${noun} <verb> [options]`,
    "",
    ...wrap(`${about.slice(0, 1).toUpperCase()}${about.slice(1)}.`, 0),
    "",
    ...columns(
      Object.entries(verbs).map(([name, { about: says, takes }]) => [[name, ...takes].join(" "), says] as const),
    ),
    "",
    `lastgood ${noun} <verb> --help says more.`,
  ].join("\n");
}

/** Two columns, the second one wrapped under itself. */
export function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const [first = "", ...more] = wrap(right, width + 4).map((line) => line.trimStart());
    const indent = " ".repeat(width + 4);
    const rest = more.map((line) => indent + line);
    if (left.length > width) return [`  ${left}`, indent + first, ...rest];
    return [`  ${padToWidth(left, width)}  ${first}`, ...rest];
  });
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > COLUMNS - indent) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => " ".repeat(indent) + one);
}
