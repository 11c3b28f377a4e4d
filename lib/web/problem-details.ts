import { ZodError, z } from "zod";
import type { ProblemDetails } from "../client/api-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import { createLogger } from "../log.ts";

const log = createLogger("console");

export const REFUSAL_TITLES: Partial<Record<number, string>> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  408: "Timed out",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  416: "Beyond the end",
  422: "Used for another call",
  429: "Too many requests",
  500: "Internal error",
  501: "Not supported",
  502: "No answer from the address",
  503: "Not available",
  507: "Storage full",
};

/** Any failure as the one class people see. What is not one already is our bug: logged, and `internal` to the outside. */
export function toRefusal(error: unknown, requestId: string): LastgoodError {
  if (error instanceof LastgoodError) {
    if (error.code === "internal") log.error({ err: error, requestId }, "internal");
    if (error.code === "metadata_unavailable") log.warn({ err: error, requestId }, "the metadata store failed a call");
    return error;
  }
  if (error instanceof ZodError) return fromZod(error);
  log.error({ err: error, requestId }, "unexpected failure");
  return new LastgoodError("internal", "Something went wrong on our side.", {
    hint: `Look for request ${requestId} in the console's log.`,
  });
}

/** What a field must be, where its schema has no words of its own for it. */
z.config({
  customError: (issue) => {
    if (issue.code !== "invalid_type") return undefined;
    const field = (issue.path ?? []).join(".") || "The input";
    return issue.input === undefined ? `${field} is missing.` : `${field} must be of type ${issue.expected}.`;
  },
});

/** Input that does not fit: names the first field that is wrong. */
function fromZod(error: ZodError): LastgoodError {
  const issue = error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const field = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].map(String).join(".");
  const cause =
    unknown === undefined
      ? (issue?.message ?? "The input does not fit.")
      : `There is no field ${unknown.slice(0, 64)}.`;
  return new LastgoodError("invalid_input", cause, {
    field,
    hint: field === "" ? "Send a JSON object as the API reference describes it." : `Correct ${field.slice(0, 64)}.`,
  });
}

/** RFC 9457, with our code, the next step and the request's id beside the standard members. */
export function problemResponse(refusal: LastgoodError, requestId: string): Response {
  const { status, code, details } = refusal;
  const body: ProblemDetails = {
    ...details,
    type: `urn:lastgood:problem:${code}`,
    title: REFUSAL_TITLES[status] ?? "Error",
    status,
    detail: refusal.message,
    code,
    requestId,
  };
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": requestId,
  });
  if (details.retryAfterSeconds !== undefined) headers.set("retry-after", String(Math.ceil(details.retryAfterSeconds)));
  // The rest of the body is still on its way; without this the caller's next request would wait behind it.
  if (code === "payload_too_large") headers.set("connection", "close");
  if (code === "unauthenticated") headers.set("www-authenticate", 'Bearer realm="lastgood"');
  if (code === "method_not_allowed" && typeof details.allow === "string") headers.set("allow", details.allow);
  return new Response(JSON.stringify(body), { status, headers });
}
