import type { ParseArgsConfig } from "node:util";
import type { Command, ShapedOption } from "./command.ts";
import { groupUsage, verbUsage } from "./help-text.ts";
import type { Output } from "./output.ts";
import { calledWrongly, parseArguments } from "./parse-arguments.ts";
import type { Call } from "./remote/call.ts";
import { suggest } from "./suggest.ts";

/** One option: `value` is what stands for its value in the help; without one it is a switch. */
export type OptionSpec = { value?: string; about: string; multiple?: boolean; short?: string };
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** The values of options as a verb gets them. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { value: string }
    ? Specs[Name] extends { multiple: true }
      ? readonly string[] | undefined
      : string | undefined
    : true | undefined;
};

/** What a verb is. All that people read about it, and all that completion knows, comes from here. */
export type VerbDefinition<Specs extends OptionSpecs> = {
  about: string;
  /** What stands behind it: `<id>` is needed, `[sql]` is not. */
  takes?: readonly string[];
  /** `database`: of one database, so that it takes --database. `none`: it asks no console. */
  of?: "namespace" | "database" | "none";
  options: Specs;
  /** Calls, without the program's name, and what each does. */
  examples: readonly (readonly [call: string, means: string])[];
  /** More to know, in paragraphs. */
  notes?: readonly string[];
  run(call: Call, values: OptionValues<Specs>, taken: readonly string[]): Promise<number>;
};

/** A verb that can be called. */
export type Verb = {
  about: string;
  takes: readonly string[];
  options: OptionSpecs;
  examples: readonly (readonly [call: string, means: string])[];
  notes: readonly string[];
  run(name: string, args: readonly string[], output: Output): Promise<number>;
};

const ASKING = {
  url: { value: "address", about: "the console's address; LASTGOOD_URL" },
  namespace: { value: "slug", short: "n", about: "the namespace; LASTGOOD_NAMESPACE" },
  profile: { value: "name", about: "one of `lastgood profiles list`; LASTGOOD_PROFILE" },
  "token-file": { value: "file", about: "a file with the API token; LASTGOOD_TOKEN has the token itself" },
  zone: { value: "zone", about: "the time zone to read and write times in; else this machine's" },
  timeout: { value: "seconds", about: "how long one call may take, 30 where nothing is said" },
} as const satisfies OptionSpecs;
const DATABASE = {
  database: { value: "name|id", short: "d", about: "the database; LASTGOOD_DATABASE, else the only one there is" },
} as const satisfies OptionSpecs;
const JSON_ALONE = { json: { about: "one JSON object instead of text, errors too" } } as const satisfies OptionSpecs;

export function verb<const Specs extends OptionSpecs>(definition: VerbDefinition<Specs>): Verb {
  const { about, takes = [], of = "namespace", options: own, examples, notes = [], run } = definition;
  const options: OptionSpecs = {
    ...(of === "database" ? DATABASE : {}),
    ...own,
    ...(of === "none" ? {} : ASKING),
    ...JSON_ALONE,
  };
  return {
    about,
    takes,
    options,
    examples,
    notes,
    async run(name, args, output) {
      const { values, positionals } = parseArguments(name, args, toParseOptions(options));
      requireTaken(name, takes, positionals);
      const { openCall } = await import("./remote/call.ts");
      const given = values as Readonly<Record<string, string | boolean | string[] | undefined>>;
      const call = openCall(name, given, output);
      return run(call, values as OptionValues<Specs>, positionals);
    },
  };
}

function toParseOptions(options: OptionSpecs): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { value, multiple = false, short }]) => [
      name,
      { type: value === undefined ? "boolean" : "string", multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
}

function requireTaken(name: string, takes: readonly string[], given: readonly string[]): void {
  const missing = takes.slice(given.length).find((one) => one.startsWith("<"));
  if (missing !== undefined) throw calledWrongly(name, `${missing} is missing`);
  const more = given.slice(takes.length);
  if (takes.at(-1)?.endsWith("...") === true || more.length === 0) return;
  throw calledWrongly(name, `There is nothing to do with ${more.join(" ")}`);
}

const shapeOf = (options: OptionSpecs): ShapedOption[] =>
  Object.entries(options).map(([name, { value = null, about }]) => ({ name, value, about }));

/** A verb that stands alone: `lastgood window`. */
export function alone(name: string, { run, ...verb }: Verb): Command {
  return {
    usage: verbUsage(name, verb),
    shape: { options: shapeOf(verb.options), verbs: {} },
    run: (args, output) => run(name, args, output),
  };
}

/** A noun with its verbs: `lastgood backups create`. `notes` stand under its help. */
export function group(noun: string, about: string, verbs: Readonly<Record<string, Verb>>): Command {
  const shapes = Object.entries(verbs).map(
    ([name, { about: says, options, takes }]) => [name, { about: says, options: shapeOf(options), takes }] as const,
  );
  return {
    usage: groupUsage(noun, about, verbs),
    shape: { options: [], verbs: Object.fromEntries(shapes) },
    async run(args, output) {
      const [name, ...rest] = args;
      const isHelp = name === "help" || name === "--help" || name === "-h";
      const asked = isHelp ? rest[0] : name;
      const found = asked !== undefined && Object.hasOwn(verbs, asked) ? verbs[asked] : undefined;
      if (isHelp || (found !== undefined && (rest.includes("--help") || rest.includes("-h")))) {
        output.text(found === undefined ? groupUsage(noun, about, verbs) : verbUsage(`${noun} ${asked}`, found));
        return 0;
      }
      if (found !== undefined) return found.run(`${noun} ${asked}`, rest, output);
      throw calledWrongly(noun, unknownVerb(noun, asked, Object.keys(verbs)));
    },
  };
}

function unknownVerb(noun: string, asked: string | undefined, known: readonly string[]): string {
  if (asked === undefined || asked.startsWith("-")) return `Say what to do with ${noun}: ${known.join(", ")}`;
  const near = suggest(asked, known);
  return `${noun} has no verb "${asked}"${near === null ? "" : `; did you mean ${near}?`}`;
}
