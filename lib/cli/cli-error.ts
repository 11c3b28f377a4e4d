import type { ErrorDetails } from "../domain/errors.ts";
import { EXIT } from "./command.ts";

/** What only the command line can run into; everything else is a `LastgoodError`, with the code that the API answers. */
const CLI_ERRORS = {
  /** Nobody answers at that address, or nobody who can be trusted. */
  unreachable: EXIT.unreachable,
  /** Somebody answers, and it is not Lastgood. */
  bad_answer: EXIT.unreachable,
  timed_out: EXIT.timedOut,
  approval_requested: EXIT.approvalRequested,
  /** Ctrl-C while it only watched. */
  interrupted: EXIT.interrupted,
  not_confirmed: EXIT.refused,
} as const satisfies Record<string, number>;
export type CliErrorCode = keyof typeof CLI_ERRORS;

/** An error of the command line itself. `message` names the cause, `details.hint` the next step. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly details: ErrorDetails;

  constructor(code: CliErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get exitCode(): number {
    return CLI_ERRORS[this.code];
  }
}
