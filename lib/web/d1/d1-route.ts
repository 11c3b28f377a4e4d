import type { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../../services/call-context.ts";
import { belongsToAccount } from "../../services/d1/belongs-to-account.ts";
import { authenticate, callOrigin } from "../authenticate.ts";
import { toRefusal } from "../problem-details.ts";
import { readBounded } from "../read-json-body.ts";
import { type D1Occasion, d1Failure, noD1Route, toD1Refusal } from "./d1-envelope.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];
type RouteParams = Record<string, string | string[]>;
type Handler = (request: Request, context: { params: Promise<RouteParams | undefined> }) => Promise<Response>;

const BODY_LIMIT_BYTES = 1024 * 1024;

export type D1Call<Body> = {
  ctx: CallContext;
  /** A parameter of the path; its absence is our bug. */
  param(name: string): string;
  query: URLSearchParams;
  body: Body;
  request: Request;
};

export type D1Endpoint = {
  kind: D1Occasion["kind"];
  run(request: Request, params: RouteParams, ctx: CallContext): Promise<Response>;
};

/** One method of a D1 route. Without `body` none is read. Fields that it does not know are left alone, as D1 does. */
export function d1Endpoint<Body = undefined>(definition: {
  kind?: D1Occasion["kind"];
  body?: z.ZodType<Body>;
  bodyLimitBytes?: number;
  handle(call: D1Call<Body>): Promise<Response>;
}): D1Endpoint {
  return {
    kind: definition.kind ?? "other",
    async run(request, params, ctx) {
      const limitBytes = definition.bodyLimitBytes ?? BODY_LIMIT_BYTES;
      const body = definition.body ? definition.body.parse(await readBody(request, limitBytes)) : undefined;
      const param = (name: string) => {
        const value = params[name];
        if (typeof value !== "string") throw new Error(`the route has no parameter ${name}`);
        return value;
      };
      return definition.handle({ ctx, param, query: new URL(request.url).searchParams, body: body as Body, request });
    },
  };
}

/**
 * The handlers of one route file of the D1 API. Each call carries an API token as Bearer: no cookie counts here, so no other
 * site can call in somebody's name. Every failure is D1's envelope.
 */
export function d1Route(endpoints: Partial<Record<Method, D1Endpoint>>): Record<Method | "OPTIONS", Handler> {
  const allow = METHODS.filter((method) => endpoints[method]).join(", ");
  const handlerOf =
    (method: Method): Handler =>
    async (request, { params }) => {
      const endpoint = endpoints[method];
      const origin = callOrigin(request.headers);
      let response: Response;
      let caller: { ctx: CallContext; account: unknown } | null = null;
      try {
        const ctx = await authenticate(bearerOnly(request.headers), origin);
        // Next.js gives none to an address without parameters.
        const given = (await params) ?? {};
        caller = { ctx, account: given.account };
        response = endpoint
          ? await endpoint.run(request, given, ctx)
          : d1Failure(noD1Route(method, new URL(request.url).pathname));
      } catch (error) {
        const refusal = toRefusal(error, origin.requestId);
        const isOfAccount = refusal.code !== "not_found" || (await isOf(caller));
        response = d1Failure(toD1Refusal(refusal, { method, kind: endpoint?.kind ?? "other", isOfAccount }));
        // The rest of the body is still on its way; without this the caller's next request would wait behind it.
        if (refusal.code === "payload_too_large") response.headers.set("connection", "close");
      }
      response.headers.set("x-request-id", origin.requestId);
      return response;
    };
  return {
    GET: handlerOf("GET"),
    POST: handlerOf("POST"),
    PUT: handlerOf("PUT"),
    PATCH: handlerOf("PATCH"),
    DELETE: handlerOf("DELETE"),
    OPTIONS: tellMethods(allow),
  };
}

function tellMethods(allow: string): Handler {
  return async () => new Response(null, { status: 204, headers: { allow } });
}

async function isOf(caller: { ctx: CallContext; account: unknown } | null): Promise<boolean> {
  if (caller === null || typeof caller.account !== "string") return true;
  return belongsToAccount(caller.ctx, caller.account);
}

/** Only the Authorization header counts; without one the token is a bad one. */
function bearerOnly(headers: Headers): Headers {
  return new Headers({ authorization: headers.get("authorization") ?? "none" });
}

/** Reads JSON whatever it is called: wrangler's GraphQL question and some of the SDK's say less than they should. */
async function readBody(request: Request, limitBytes: number): Promise<unknown> {
  const bytes = await readBounded(request, limitBytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LastgoodError(
      "invalid_input",
      "The body is not valid JSON.",
      { field: "", hint: "Send a JSON object." },
      { cause },
    );
  }
}
