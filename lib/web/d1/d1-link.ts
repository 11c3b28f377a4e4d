import type { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../../services/call-context.ts";
import { linkCaller } from "../../services/d1/link-caller.ts";
import { type LinkClaims, openLink } from "../../services/d1/signed-link.ts";
import { callOrigin } from "../authenticate.ts";
import { toRefusal } from "../problem-details.ts";
import { d1Failure, toD1Refusal } from "./d1-envelope.ts";

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

/** The absolute address of a signed link. */
export function d1Link(folder: "uploads" | "downloads", link: string): string {
  return `${readEnv().publicUrl}/client/v4/d1/${folder}/${link}`;
}

/**
 * A route whose address is its permission, for callers who send no token along. Whose token asked for it is read anew, so a
 * right that was lost is lost here as well.
 */
export function d1Linked<Method extends "GET" | "PUT", For extends LinkClaims["for"]>(
  method: Method,
  use: For,
  handle: (ctx: CallContext, claims: Extract<LinkClaims, { for: For }>, request: Request) => Promise<Response>,
): Record<Method | "OPTIONS", Handler> {
  const answer: Handler = async (request, { params }) => {
    const origin = callOrigin(request.headers);
    try {
      const claims = openLink((await params).link ?? "", use);
      return await handle(await linkCaller(claims.tokenId, origin), claims, request);
    } catch (error) {
      const refusal = toRefusal(error, origin.requestId);
      const { status, ...words } = toD1Refusal(refusal, { method, kind: "other", isOfAccount: true });
      const isOver = refusal.code === "unauthenticated";
      const response = d1Failure({
        ...words,
        status: refusal.code === "payload_too_large" ? 413 : status,
        message: isOver ? wordsOfOver(refusal) : words.message,
      });
      // What is left of the body is not read.
      if (method === "PUT") response.headers.set("connection", "close");
      return response;
    }
  };
  const handlers: Partial<Record<"GET" | "PUT" | "OPTIONS", Handler>> = {
    [method]: answer,
    OPTIONS: tellMethod(method),
  };
  return handlers as Record<Method | "OPTIONS", Handler>;
}

function tellMethod(allow: string): Handler {
  return async () => new Response(null, { status: 204, headers: { allow } });
}

function wordsOfOver({ message, details }: LastgoodError): string {
  return details.hint === undefined ? message : `${message} ${details.hint}`;
}
