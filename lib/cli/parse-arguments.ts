import { type ParseArgsConfig, parseArgs } from "node:util";
import { LastgoodError } from "../domain/errors.ts";
import { suggest } from "./suggest.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Takes a command's arguments apart. Throws `invalid_input` naming what is wrong; `verb` is told in the hint. */
export function parseArguments<T extends Options>(verb: string, args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")))
      throw error;
    throw calledWrongly(verb, explain(error.message.split(". ")[0] ?? error.message, Object.keys(options)));
  }
}

function explain(cause: string, known: readonly string[]): string {
  const unknown = /^Unknown option '--([^']+)'/.exec(cause)?.[1];
  const near = unknown === undefined ? null : suggest(unknown, known);
  return near === null ? cause : `${cause}; did you mean --${near}?`;
}

export function calledWrongly(verb: string, cause: string): LastgoodError {
  const sentence = /[.?]$/.test(cause) ? cause : `${cause}.`;
  return new LastgoodError("invalid_input", sentence, { hint: `lastgood help ${verb} names every option.` });
}
