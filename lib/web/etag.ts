import { createHash } from "node:crypto";
import type { Operation } from "./operation.ts";

/** Names an answer by its content. */
export const etagOf = (text: string) => `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;

/** Whether the caller has an answer already, by If-None-Match. */
export function hasAlready(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match")?.split(",") ?? [];
  return known.some((one) => one.trim().replace(/^W\//, "") === etag);
}

/** An answer to a GET with its ETag, or 304 without a body for who has it already. Only 200 with JSON; the others as they are. */
export async function tagged(request: Request, answer: Response): Promise<Response> {
  const { status, headers } = answer;
  if (status !== 200 || headers.get("content-type") !== "application/json" || headers.has("etag")) return answer;
  const text = await answer.text();
  const etag = etagOf(text);
  headers.set("etag", etag);
  if (!hasAlready(request, etag)) return new Response(text, { status, headers });
  headers.delete("content-type");
  return new Response(null, { status: 304, headers });
}

/** What a GET that answers JSON says of itself: its answer is `tagged`. */
export function describeTags(operation: Operation): Operation {
  const whole = operation.answers[200];
  if (!whole?.schema || operation.answers[304]) return operation;
  const headers = [...(whole.headers ?? []), "etag" as const];
  return {
    ...operation,
    answers: { ...operation.answers, 200: { ...whole, headers }, 304: { says: "It is as it was." } },
  };
}
