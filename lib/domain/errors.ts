/**
 * Every way Lastgood refuses or fails, with what the outside sees of it. One row a code: HTTP status, exit code of the
 * command line, and whether the same call may succeed when repeated later. Exit codes: 1 failed, 2 called wrongly, 3 not
 * found or outside of the window, 4 damaged, 5 refused, 6 busy, 7 cancelled.
 */
const ERROR_TABLE = {
  invalid_input: { status: 400, exit: 2, retryable: false },
  invalid_moment: { status: 400, exit: 2, retryable: false },
  moment_in_future: { status: 400, exit: 3, retryable: false },
  moment_outside_window: { status: 400, exit: 3, retryable: false },
  moment_in_gap: { status: 400, exit: 3, retryable: false },
  foreign_bookmark: { status: 400, exit: 3, retryable: false },
  restore_point_unrecoverable: { status: 400, exit: 3, retryable: false },
  confirmation_mismatch: { status: 400, exit: 5, retryable: false },
  address_refused: { status: 400, exit: 5, retryable: false },
  attach_refused: { status: 400, exit: 5, retryable: false },
  sql_error: { status: 400, exit: 1, retryable: false },
  sql_denied: { status: 400, exit: 5, retryable: false },
  unauthenticated: { status: 401, exit: 5, retryable: false },
  forbidden: { status: 403, exit: 5, retryable: false },
  confirmation_needed: { status: 403, exit: 5, retryable: false },
  approval_required: { status: 403, exit: 5, retryable: false },
  not_found: { status: 404, exit: 3, retryable: false },
  method_not_allowed: { status: 405, exit: 2, retryable: false },
  conflict: { status: 409, exit: 5, retryable: false },
  restore_conflict: { status: 409, exit: 5, retryable: true },
  /** The same key with another request. */
  idempotency_key_reused: { status: 422, exit: 2, retryable: false },
  payload_too_large: { status: 413, exit: 5, retryable: false },
  range_not_satisfiable: { status: 416, exit: 2, retryable: false },
  unsupported_media_type: { status: 415, exit: 2, retryable: false },
  rate_limited: { status: 429, exit: 6, retryable: true },
  cancelled: { status: 409, exit: 7, retryable: true },
  query_cancelled: { status: 503, exit: 7, retryable: true },
  query_timeout: { status: 408, exit: 7, retryable: false },
  restoring: { status: 503, exit: 6, retryable: true },
  not_supported: { status: 501, exit: 5, retryable: false },
  not_protected: { status: 409, exit: 5, retryable: false },
  committed_not_protected: { status: 500, exit: 1, retryable: false },
  history_damaged: { status: 500, exit: 4, retryable: false },
  restore_failed: { status: 500, exit: 1, retryable: false },
  storage_full: { status: 507, exit: 5, retryable: false },
  storage_unavailable: { status: 503, exit: 6, retryable: true },
  storage_damaged: { status: 500, exit: 4, retryable: false },
  storage_key_missing: { status: 500, exit: 5, retryable: false },
  address_silent: { status: 502, exit: 6, retryable: true },
  agent_unavailable: { status: 503, exit: 6, retryable: true },
  metadata_unavailable: { status: 503, exit: 6, retryable: true },
  internal: { status: 500, exit: 1, retryable: false },
} as const satisfies Record<string, { status: number; exit: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** What a person may do next, beside the sentence that names the cause. Values are JSON-safe. */
export type ErrorDetails = {
  /** The next step, one sentence. */
  hint?: string;
  /** The input field that was refused, as the caller names it. */
  field?: string;
  /** The nearest restorable moments, Unix milliseconds. */
  nearest?: { beforeMs?: number; afterMs?: number };
  /** What must be given again, of `confirmation_needed`. */
  factor?: "password" | "code";
  /** Seconds until a repeat is worth trying. */
  retryAfterSeconds?: number;
  /** Anything else that belongs into the answer. */
  [extra: string]: unknown;
};

/**
 * The one error class that people may see. `message` names the cause, `details.hint` the next step; neither ever holds
 * a secret. Anything else that is thrown is our bug and reaches people as `internal` with a request id.
 */
export class LastgoodError extends Error {
  override readonly name = "LastgoodError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  /** HTTP status of this error on our own routes. */
  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** Exit code of the command line. */
  get exitCode(): number {
    return ERROR_TABLE[this.code].exit;
  }

  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }
}

/** HTTP status of a code on our own routes. */
export function statusOf(code: ErrorCode): number {
  return ERROR_TABLE[code].status;
}

export const ERROR_CODES = Object.keys(ERROR_TABLE) as ErrorCode[];

/** An error as it travels between our own processes and in server actions' answers. */
export type WireError = { code: ErrorCode; message: string; details: ErrorDetails };

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

export function toWireError(error: LastgoodError): WireError {
  return { code: error.code, message: error.message, details: error.details };
}

export function fromWireError(wire: WireError): LastgoodError {
  return new LastgoodError(isErrorCode(wire.code) ? wire.code : "internal", wire.message, wire.details);
}
