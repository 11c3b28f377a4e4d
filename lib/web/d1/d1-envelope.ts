import type { LastgoodError } from "../../domain/errors.ts";

/*
 * What D1's clients are answered: `{success, result, errors, messages}`. Which status and number a refusal has is part of
 * what they go by: wrangler asks who it is after 9106 and 10000, finds databases by 404, and the SDK repeats whatever is
 * answered 408, 409, 429 or 5xx, POSTs as well. So nothing that may have taken effect is answered with one of those.
 */
export type D1Refusal = { status: number; code: number; message: string; retryAfterSeconds: number | null };

const NO_TOKEN = 9109;
const NOT_AUTHORISED = 7403;
const NO_ROUTE = 7003;
const ABSENT = 7404;
const MALFORMED = 7400;
const NAME_TAKEN = 7502;
const SQL_FAILED = 7500;
const TOO_MANY = 7429;

/** What a call was about, as far as its refusal goes by it. */
export type D1Occasion = {
  method: string;
  /** `restore`: in progress is 423. `query`: what is not known is an SQL error. */
  kind: "restore" | "query" | "other";
  /** What was not found: false where the caller does not belong to the account at all. */
  isOfAccount: boolean;
};

/** A success; `result` goes out as it is. */
export function d1Result(result: unknown, more: Record<string, unknown> = {}, status = 200): Response {
  return d1Text(JSON.stringify(result), more, status);
}

/** The same for a result that is JSON text already: parsing it here would round 64-bit integers. */
export function d1Text(
  resultJson: string,
  more: Record<string, unknown> = {},
  status = 200,
  headers: Record<string, string> = {},
): Response {
  const rest = Object.entries({ errors: [], messages: [], ...more })
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join("");
  return new Response(`{"success":true,"result":${resultJson}${rest}}`, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

export function d1Failure({ status, code, message, retryAfterSeconds }: D1Refusal): Response {
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (retryAfterSeconds !== null) headers.set("retry-after", String(Math.ceil(retryAfterSeconds)));
  const body = { success: false, errors: [{ code, message }], messages: [], result: null };
  return new Response(JSON.stringify(body), { status, headers });
}

/** The refusal of an address or a method that there is not. */
export function noD1Route(method: string, path: string): D1Refusal {
  const message = `No route for that URI: ${method} ${path.slice(0, 200)}. The D1 API is what Lastgood has below /client/v4.`;
  return { status: 400, code: NO_ROUTE, message, retryAfterSeconds: null };
}

/** Any of our refusals as D1's clients understand it. */
export function toD1Refusal(error: LastgoodError, occasion: D1Occasion): D1Refusal {
  const { status, code } = place(error, occasion);
  const isTold = status === 429 || status === 503 || status === 423;
  const retryAfterSeconds = isTold ? (error.details.retryAfterSeconds ?? 1) : null;
  return { status, code, message: wordsOf(error, code), retryAfterSeconds };
}

function place(error: LastgoodError, { method, kind, isOfAccount }: D1Occasion): { status: number; code: number } {
  switch (error.code) {
    case "unauthenticated":
      return { status: 403, code: NO_TOKEN };
    case "not_found":
      return isOfAccount ? { status: 404, code: ABSENT } : { status: 403, code: NOT_AUTHORISED };
    case "forbidden":
    case "confirmation_needed":
    case "approval_required":
      return { status: 403, code: NOT_AUTHORISED };
    case "sql_error":
    case "sql_denied":
    case "query_timeout":
    case "committed_not_protected":
      return { status: 400, code: SQL_FAILED };
    case "conflict":
      return { status: 400, code: error.details.field === "name" ? NAME_TAKEN : MALFORMED };
    case "rate_limited":
      return { status: 429, code: TOO_MANY };
    case "restore_conflict":
      return { status: 423, code: MALFORMED };
    case "restoring":
    case "query_cancelled":
      // Nothing was run, so a repeat is harmless.
      return kind === "restore" ? { status: 423, code: MALFORMED } : { status: 503, code: SQL_FAILED };
    default:
      if (error.status < 500 && error.status !== 408 && error.status !== 409) return { status: 400, code: MALFORMED };
      return { status: method === "GET" ? error.status : 400, code: SQL_FAILED };
  }
}

function wordsOf(error: LastgoodError, code: number): string {
  if (code === NO_TOKEN) return "Invalid access token";
  if (code === NAME_TAKEN) return "A database with that name already exists";
  const { sqliteCode, hint } = error.details;
  const cause = typeof sqliteCode === "string" ? `${error.message}: ${sqliteCode}` : error.message;
  return hint === undefined ? cause : `${cause} ${hint}`;
}
