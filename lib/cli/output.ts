import { type ErrorDetails, LastgoodError } from "../domain/errors.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./command.ts";
import { cleanJson, cleanPainted } from "./text/clean-text.ts";
import { finishPaint, hasColour, paint } from "./text/paint.ts";
import { cutToWidth } from "./text/text-width.ts";

const CLEAR_LINE = "\r\u001b[2K";
const BAR_COLUMNS = 24;

/**
 * What a command prints. The answer goes to the standard output, as text or, with `--json`, as exactly one object; errors
 * too with `--json`, otherwise to the error output. What is said beside the answer goes to the error output: a bar on a
 * terminal, plain lines elsewhere, nothing with `--json`. No control character of anybody's data reaches a terminal.
 */
export class Output {
  readonly isJson: boolean;
  #hasProgress = false;
  #stage = "";

  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** Answers: as `object` with `--json`, otherwise as these lines. */
  answer(object: Readonly<Record<string, unknown>>, lines: () => readonly string[]): void {
    this.endProgress();
    if (this.isJson) process.stdout.write(`${toJson(object)}\n`);
    else for (const line of lines()) process.stdout.write(`${finish(line, process.stdout)}\n`);
  }

  /** Text in either mode: help. */
  text(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Something to know beside the answer. */
  note(...lines: readonly string[]): void {
    this.endProgress();
    if (this.isJson) return;
    for (const line of lines) process.stderr.write(`${finish(line, process.stderr)}\n`);
  }

  /** The same with `--json` too: what a person is about to be asked. */
  tell(...lines: readonly string[]): void {
    this.endProgress();
    for (const line of lines) process.stderr.write(`${finish(line, process.stderr)}\n`);
  }

  /** How far a long thing is, on a terminal alone. */
  progress(stage: string, done: number, total: number): void {
    if (process.stderr.isTTY !== true) return;
    const percent = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
    this.#draw(`${stage} ${percent} %`);
  }

  /** How far something is that goes on elsewhere: a bar on a terminal, and one line a stage where there is none. */
  watch(stage: string, share: number | null, detail: string): void {
    if (process.stderr.isTTY === true) {
      const filled = Math.round(BAR_COLUMNS * (share ?? 0));
      const bar = share === null ? "" : `${"█".repeat(filled)}${"░".repeat(BAR_COLUMNS - filled)} `;
      const percent = share === null ? "" : `${String(Math.floor(share * 100)).padStart(3)} %  `;
      this.#draw(`${bar}${percent}${stage}${detail === "" ? "" : `  ${detail}`}`);
      return;
    }
    if (this.isJson || stage === this.#stage) return;
    this.#stage = stage;
    process.stderr.write(`${finish(stage, process.stderr)}\n`);
  }

  endProgress(): void {
    if (this.#hasProgress) process.stderr.write(CLEAR_LINE);
    this.#hasProgress = false;
  }

  /** Reports why a command cannot go on; answers its exit code. */
  failure(error: unknown): number {
    this.endProgress();
    const known = asKnownError(error);
    const { hint, ...details } = known.details;
    if (this.isJson) {
      const told = { code: known.code, message: known.message, hint, ...details };
      process.stdout.write(`${toJson({ ok: false, error: told })}\n`);
    } else {
      this.tell(`${paint("bad", "lastgood:")} ${known.message}`);
      if (hint !== undefined) this.tell(...hint.split("\n").map((line) => `  ${line}`));
      this.tell(...nearestLines(known.details));
      if (typeof details.requestId === "string") this.tell(paint("dim", `  request ${details.requestId}`));
      if (known.code === "internal" && error instanceof Error && error.stack && !(error instanceof LastgoodError))
        this.tell(error.stack);
    }
    return known.exitCode ?? EXIT.failed;
  }

  #draw(line: string): void {
    const columns = Math.max(20, (process.stderr.columns || 80) - 1);
    process.stderr.write(`${CLEAR_LINE}${finish(cutToWidth(line, columns), process.stderr)}`);
    this.#hasProgress = true;
  }
}

/** The nearest moments that can be restored, where a moment was refused. */
function nearestLines({ nearest }: ErrorDetails): string[] {
  const { beforeMs, afterMs } = nearest ?? {};
  const at = (ms: number) => new Date(ms).toISOString();
  if (beforeMs !== undefined && afterMs !== undefined && afterMs < beforeMs) {
    return [`  What can be restored: ${at(afterMs)} to ${at(beforeMs)}`];
  }
  return [
    ...(beforeMs === undefined ? [] : [`  The nearest before it: ${at(beforeMs)}`]),
    ...(afterMs === undefined ? [] : [`  The nearest after it: ${at(afterMs)}`]),
  ];
}

const finish = (line: string, stream: { isTTY?: boolean | undefined }) =>
  finishPaint(cleanPainted(line), hasColour(stream));

/** Integers beyond 2^53 are digits, as nothing else would keep them. */
function toJson(value: unknown): string {
  return cleanJson(JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? one.toString() : one)));
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

function asKnownError(error: unknown): LastgoodError | CliError {
  if (error instanceof LastgoodError || error instanceof CliError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/^(EACCES|EPERM)$/.test(codeOf(error))) {
    return new LastgoodError("forbidden", `This user may not do that: ${message}.`, {
      hint: "Run it as a user who may read the history and write where the result goes.",
    });
  }
  return new LastgoodError("internal", message, {});
}
