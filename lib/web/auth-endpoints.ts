import { NextRequest } from "next/server.js";
import NextAuth from "next-auth";
import { LastgoodError } from "../domain/errors.ts";
import { authOptions } from "./auth-options.ts";
import { requireSameOrigin } from "./authenticate.ts";
import { readBounded } from "./read-json-body.ts";
import { answer, notAllowed } from "./route.ts";

/** All of next-auth's addresses that mean something here; the rest is meant for other providers, or logs what strangers say. */
const ENDPOINTS = ["GET csrf", "GET session", "GET signin", "GET error", "POST callback/credentials", "POST signout"];
const BODY_LIMIT_BYTES = 16 * 1024;

type Context = { params: Promise<{ nextauth: string[] }> };

/** Answers next-auth's own addresses: those we use, with a form of bounded size that no page of another site has sent. */
export function answerAuth(request: Request, context: Context): Promise<Response> {
  return answer(request, async () => {
    const { nextauth } = await context.params;
    const place = nextauth.join("/");
    const allowed = ENDPOINTS.filter((one) => one.endsWith(` ${place}`)).map((one) => one.split(" ", 1)[0] ?? "");
    if (allowed.length > 0 && !allowed.includes(request.method)) throw notAllowed(request.method, allowed.join(", "));
    if (allowed.length === 0) {
      throw new LastgoodError("not_found", "There is nothing under this address.", { hint: "Sign in at /sign-in." });
    }
    const passed = request.method === "GET" ? request : await readForm(request);
    const response: Response = await NextAuth(authOptions(request.headers))(passed, context);
    return new Response(response.body, response);
  });
}

async function readForm(request: Request): Promise<NextRequest> {
  if (request.headers.has("origin")) requireSameOrigin(request.headers);
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/x-www-form-urlencoded" || request.headers.has("content-encoding")) {
    throw new LastgoodError("unsupported_media_type", "The body must be an uncompressed form.", {
      hint: "Send the header Content-Type: application/x-www-form-urlencoded.",
    });
  }
  const { url, method, headers } = request;
  return new NextRequest(url, { method, headers, body: Buffer.from(await readBounded(request, BODY_LIMIT_BYTES)) });
}
