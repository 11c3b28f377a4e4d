import { type NextRequest, NextResponse } from "next/server";
import { ASKED_PAGE_HEADER } from "./lib/web/page-after-sign-in.ts";

const isDevelopment = process.env.NODE_ENV === "development";

/** What a page may load: only its own, and of inline scripts only those that carry the nonce of this one answer. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    // Positions are style attributes, which no nonce can allow.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${isDevelopment ? " ws:" : ""}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "manifest-src 'self'",
  ].join("; ");
}

/** Gives pages their content security policy, and says which one was asked for. It guards nothing else: the services authorise. */
export function proxy(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(btoa(crypto.randomUUID()));
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  headers.set(ASKED_PAGE_HEADER, `${request.nextUrl.pathname}${request.nextUrl.search}`);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

/** Pages alone: what streams bodies (uploads, imports) must never come by here. */
export const config = { matcher: ["/((?!api/|v1/|client/|admin/|_next/|theme\\.js$|icon\\.svg$).*)"] };
