import type { ProblemDetails } from "../../client/api-types.ts";
import { fromWireError, isErrorCode } from "../../domain/errors.ts";
import { CliError } from "../cli-error.ts";
import { cleanCell } from "../text/clean-text.ts";

/** No answer of ours is longer; somebody else's must not fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The answer's text, at most 64 MiB. */
export async function readAnswer(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.byteLength;
    if (bytes > MOST_BYTES) throw notLastgood(response.url, response, "", "more than 64 MiB");
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * What was answered, taken apart; throws what was refused. Whatever no Lastgood would say (another content type, a redirect,
 * JSON that ends too early) is `bad_answer`, never a value.
 */
export function requireAnswer(
  url: string,
  response: Response,
  text: string,
  parse: (text: string) => unknown,
  alsoFine?: number,
): unknown {
  const { status, headers } = response;
  if (status >= 300 && status < 400) throw redirected(url, headers.get("location"));
  if (status === 204) return null;
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
  if (!response.ok && (status !== alsoFine || !isJson))
    throw refusal(url, response, isJson ? parseOrNull(text) : null, text);
  if (!isJson) throw notLastgood(url, response, text);
  try {
    return parse(text);
  } catch (cause) {
    throw notLastgood(url, response, text, "JSON that is cut or broken", cause);
  }
}

function refusal(url: string, response: Response, body: unknown, text: string): Error {
  const { status } = response;
  if (isProblem(body)) {
    const { type: _type, title: _title, status: _status, detail, code, ...details } = body;
    return fromWireError({
      code: isErrorCode(code) ? code : "internal",
      message: detail,
      details: { ...details, status },
    });
  }
  if ([502, 503, 504].includes(status)) {
    return new CliError("unreachable", `What stands before ${url} answers ${status}: it does not reach Lastgood.`, {
      hint: "Check that Lastgood runs behind the proxy, and where the proxy sends requests to.",
      mayPass: true,
      status,
    });
  }
  return notLastgood(url, response, text);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON has no problem details either.
    return null;
  }
}

function isProblem(value: unknown): value is ProblemDetails {
  if (typeof value !== "object" || value === null || !("code" in value) || !("detail" in value)) return false;
  return typeof value.code === "string" && typeof value.detail === "string";
}

function redirected(url: string, location: string | null): CliError {
  const isLogin = /log-?in|sign-?in|auth|sso/i.test(location ?? "");
  const where = location === null ? "somewhere else" : cleanCell(location.slice(0, 200));
  return new CliError("bad_answer", `${url} sends us on to ${where} instead of answering.`, {
    hint: isLogin
      ? "A sign-in page stands before Lastgood: let requests with an API token pass it, or use an address inside of it."
      : "Give the address that it sends to, with --url or LASTGOOD_URL; tokens are not sent along.",
  });
}

/** Somebody answered, and it was no Lastgood. */
export function notLastgood(
  url: string,
  { status, headers }: Response,
  text: string,
  what?: string,
  cause?: unknown,
): CliError {
  const type = cleanCell((headers.get("content-type") ?? "no content type").slice(0, 80));
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim();
  const said = what ?? `${type}${title === undefined ? "" : `, titled "${cleanCell(title)}"`}`;
  return new CliError(
    "bad_answer",
    `What answers at ${url} is not Lastgood: ${status} with ${said}.`,
    {
      hint: "Check the address and what stands before it: a proxy, a sign-in page, another program on that port.",
      status,
    },
    { cause },
  );
}
