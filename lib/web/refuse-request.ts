import type { IncomingHttpHeaders } from "node:http";
import type { ErrorCode } from "../domain/errors.ts";
import { isSameOrigin } from "./same-origin.ts";

/** A request as Node has it, before anybody has looked at it. */
export type RawRequest = { method: string; url: string; headers: IncomingHttpHeaders };
export type RawRefusal = { status: number; code: ErrorCode; message: string; hint: string; allow?: string };

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** Everything below answers for itself; the rest are pages. */
const ROUTES = /^\/(api|v1|client|admin)(\/|$)/;
const ACTION_LIMIT_BYTES = 1024 * 1024;
const ACTION_ID = /^[0-9a-f]{40,64}$/;

/**
 * What no page or route should ever see: methods and paths that Next.js fails on, and server actions that were not called
 * by our own pages. Null lets the request through; routes and services check everything else.
 */
export function refuseRequest({ method, url, headers }: RawRequest, publicUrl: string): RawRefusal | null {
  if (!METHODS.includes(method)) {
    const hint = `Use one of ${METHODS.join(", ")}.`;
    const message = "This method does not exist here.";
    return { status: 405, code: "method_not_allowed", message, hint, allow: METHODS.join(", ") };
  }
  const [path = ""] = url.split("?");
  if (!isReadable(path)) {
    const hint =
      "Check the address: what stands behind a percent sign must be UTF-8, and the path begins with a slash.";
    return { status: 400, code: "invalid_input", message: "This address is malformed.", hint };
  }
  return ROUTES.test(path) ? null : refuseAction({ method, url, headers }, publicUrl);
}

function refuseAction({ method, headers }: RawRequest, publicUrl: string): RawRefusal | null {
  const id = headers["next-action"];
  if (id === undefined && (method === "GET" || method === "HEAD")) return null;
  if (method !== "POST" || id === undefined) {
    return {
      status: 405,
      code: "method_not_allowed",
      message: "Pages are only read.",
      hint: "Use GET.",
      allow: "GET, HEAD",
    };
  }
  if (!isSameOrigin(headers.origin ?? null, headers.host ?? null, publicUrl)) {
    const message = "This call does not come from a page of this console.";
    return { status: 403, code: "forbidden", message, hint: "Reload the page and try again." };
  }
  if (Number(headers["content-length"] ?? "0") > ACTION_LIMIT_BYTES) {
    const message = `A server action takes at most ${ACTION_LIMIT_BYTES} bytes.`;
    return { status: 413, code: "payload_too_large", message, hint: "Send less." };
  }
  if (typeof id === "string" && ACTION_ID.test(id)) return null;
  return { status: 400, code: "invalid_input", message: "This is no server action's id.", hint: "Reload the page." };
}

function isReadable(path: string): boolean {
  if (!path.startsWith("/") || path.startsWith("//") || path.includes("\\")) return false;
  try {
    return !decodeURIComponent(path).includes("\0");
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
