import { type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { LastgoodError } from "../../domain/errors.ts";
import type { EgressRules } from "../../egress-rules.ts";
import { answerLookup } from "./answer-lookup.ts";
import { type CheckedTarget, checkTarget } from "./check-target.ts";

export type OutsideRequest = {
  url: string;
  method: "GET" | "POST" | "PUT";
  headers: Readonly<Record<string, string>>;
  body: string;
  /** For all of it: name, connection, TLS, sending, the whole answer. */
  timeoutMs: number;
  /** Of the answer no more than this is read. */
  answerBytes: number;
  signal?: AbortSignal;
  rules?: EgressRules;
};

export type OutsideAnswer = { status: number; retryAfter: string | null; text: string };

/**
 * Sends one request to an address that somebody gave. The name is resolved once, every address checked, and the connection made
 * to those alone: a name that changes in between changes nothing. A redirect is an answer like any other and is not followed; the
 * connection is not used again, and proxies of the environment are not asked. Throws `address_refused`, or `address_silent`
 * where nothing usable answered, with the cause in words.
 */
export async function requestOutside(asked: OutsideRequest): Promise<OutsideAnswer> {
  const timeout = AbortSignal.timeout(asked.timeoutMs);
  const signal = asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout;
  try {
    const target = await unlessAborted(signal, checkTarget(asked.url, { ...(asked.rules && { rules: asked.rules }) }));
    return await send(target, asked, signal);
  } catch (error) {
    if (error instanceof LastgoodError) throw error;
    if (asked.signal?.aborted) throw new LastgoodError("cancelled", "It was cancelled.", {}, { cause: error });
    throw silent(
      timeout.aborted ? `Nothing whole was answered within ${asked.timeoutMs / 1000} s.` : wordsOf(error),
      error,
    );
  }
}

function silent(message: string, cause: unknown): LastgoodError {
  return new LastgoodError("address_silent", message, { hint: "Check that it runs and can be reached." }, { cause });
}

/** A name server that does not answer cannot be interrupted, but it need not be waited for. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function send({ url, addresses }: CheckedTarget, asked: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer> {
  const { method, headers, body, answerBytes } = asked;
  return new Promise((resolve, reject) => {
    const open = url.protocol === "https:" ? requestSecure : requestPlain;
    const request: ClientRequest = open(
      url,
      {
        method,
        agent: false,
        lookup: (_host, options, answer) => answerLookup(addresses, options, answer),
        signal,
        headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      },
      (response) => {
        readAnswer(response, answerBytes)
          .then(resolve, reject)
          .finally(() => request.destroy());
      },
    );
    request.once("error", reject);
    request.end(body);
  });
}

/** The answer's beginning; the rest is not waited for. */
async function readAnswer(response: IncomingMessage, answerBytes: number): Promise<OutsideAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= answerBytes) break;
  }
  const text = Buffer.concat(parts).subarray(0, answerBytes).toString("utf8");
  return { status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] ?? null, text };
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "The connection was refused: nothing listens there.",
  ECONNRESET: "The connection was closed before an answer came.",
  EPIPE: "The connection was closed before an answer came.",
  ETIMEDOUT: "Nobody answered there.",
  EHOSTUNREACH: "There is no way to that address.",
  ENETUNREACH: "There is no way to that network.",
  CERT_HAS_EXPIRED: "Its certificate has expired.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "Its certificate is signed by itself.",
  SELF_SIGNED_CERT_IN_CHAIN: "Its certificate is signed by an authority that is not trusted here.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "Its certificate is signed by an authority that is not trusted here.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "Its certificate is signed by an authority that is not trusted here.",
  ERR_TLS_CERT_ALTNAME_INVALID: "Its certificate is for another name.",
};

function wordsOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const code = first instanceof Error && "code" in first ? String(first.code) : "";
  if (CAUSES[code]) return CAUSES[code];
  return code.startsWith("HPE_")
    ? "What answered does not speak HTTP."
    : `The request failed${code ? ` (${code})` : ""}.`;
}
