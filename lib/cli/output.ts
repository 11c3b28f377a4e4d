import { LastgoodError } from "../domain/errors.ts";
import { EXIT } from "./command.ts";

const CLEAR_LINE = "\r\u001b[2K";

/**
 * What a command prints. The answer goes to the standard output, as text or, with `--json`, as exactly one object; errors
 * too with `--json`, otherwise to the error output. Progress is drawn on a terminal alone.
 */
export class Output {
  readonly isJson: boolean;
  #hasProgress = false;

  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** Answers: as `object` with `--json`, otherwise as these lines. */
  answer(object: Readonly<Record<string, unknown>>, lines: () => readonly string[]): void {
    this.endProgress();
    if (this.isJson) process.stdout.write(`${JSON.stringify(object)}\n`);
    else process.stdout.write(`${lines().join("\n")}\n`);
  }

  /** Text in either mode: help. */
  text(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  progress(stage: string, done: number, total: number): void {
    if (process.stderr.isTTY !== true) return;
    const percent = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
    process.stderr.write(`${CLEAR_LINE}${stage} ${percent} %`);
    this.#hasProgress = true;
  }

  endProgress(): void {
    if (this.#hasProgress) process.stderr.write(CLEAR_LINE);
    this.#hasProgress = false;
  }

  /** Reports why a command cannot go on; answers its exit code. */
  failure(error: unknown): number {
    this.endProgress();
    const known = asLastgoodError(error);
    const { hint, ...details } = known.details;
    if (this.isJson) {
      const told = { code: known.code, message: known.message, hint, ...details };
      process.stdout.write(`${JSON.stringify({ ok: false, error: told })}\n`);
    } else {
      process.stderr.write(`lastgood: ${known.message}\n${hint === undefined ? "" : `  ${hint}\n`}`);
      if (known.code === "internal" && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
    }
    return known.exitCode ?? EXIT.failed;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

function asLastgoodError(error: unknown): LastgoodError {
  if (error instanceof LastgoodError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/^(EACCES|EPERM)$/.test(codeOf(error))) {
    return new LastgoodError("forbidden", `This user may not do that: ${message}.`, {
      hint: "Run it as a user who may read the history and write where the result goes.",
    });
  }
  return new LastgoodError("internal", message, {});
}
