import type { z } from "zod";
import { LastgoodError } from "../domain/errors.ts";
import type { CallContext } from "../services/call-context.ts";
import { authenticate, callOrigin, requireSameOrigin } from "./authenticate.ts";
import { problemResponse, toRefusal } from "./problem-details.ts";
import { readJsonBody } from "./read-json-body.ts";

const BODY_LIMIT_BYTES = 1024 * 1024;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];

type RouteParams = Record<string, string>;
type RouteContext = { params: Promise<RouteParams> };
type Handler = (request: Request, context: RouteContext) => Promise<Response>;
type Endpoint = (request: Request, params: RouteParams, ctx: CallContext) => Promise<Response>;

export type Call<Query, Body> = {
  ctx: CallContext;
  /** A parameter of the path; its absence is our bug. */
  param(name: string): string;
  query: Query;
  body: Body;
  request: Request;
  /** True when the caller does not want to wait (RFC 7240). */
  respondAsync: boolean;
};

/** One method of a route: what it takes and what it does. Without `body` none is read. */
export function endpoint<Query = undefined, Body = undefined>(definition: {
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  bodyLimitBytes?: number;
  handle(call: Call<Query, Body>): Promise<Response>;
}): Endpoint {
  return async (request, params, ctx) => {
    const query = definition.query?.parse(readQuery(request)) as Query;
    const raw = definition.body
      ? await readJsonBody(request, definition.bodyLimitBytes ?? BODY_LIMIT_BYTES)
      : undefined;
    const body = definition.body?.parse(raw) as Body;
    const respondAsync = /(^|[,;\s])respond-async($|[,;\s])/i.test(request.headers.get("prefer") ?? "");
    const param = (name: string) => {
      const value = params[name];
      if (value === undefined) throw new Error(`the route has no parameter ${name}`);
      return value;
    };
    return definition.handle({ ctx, param, query, body, request, respondAsync });
  };
}

/**
 * The handlers of one route file. Each call is authenticated, one that is carried by a cookie and is no GET must come from
 * our own pages, and every failure becomes problem details. Methods that are not given answer 405 with Allow.
 */
export function route(endpoints: Partial<Record<Method, Endpoint>>): Record<Method | "OPTIONS", Handler> {
  const allow = METHODS.filter((method) => endpoints[method]).join(", ");
  const handlerOf = (method: Method): Handler => {
    const run = endpoints[method];
    return (request, { params }) =>
      answer(request, async (origin) => {
        if (!run) throw notAllowed(method, allow);
        const ctx = await authenticate(request.headers, origin);
        if (method !== "GET" && ctx.actor.kind === "user") requireSameOrigin(request.headers);
        return run(request, await params, ctx);
      });
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

/** Runs something that answers a request and turns whatever it throws into problem details. */
export async function answer(
  request: Request,
  run: (origin: CallContext["origin"]) => Promise<Response>,
): Promise<Response> {
  const origin = callOrigin(request.headers);
  try {
    const response = await run(origin);
    response.headers.set("x-request-id", origin.requestId);
    return response;
  } catch (error) {
    return problemResponse(toRefusal(error, origin.requestId), origin.requestId);
  }
}

/** A JSON answer; nothing of ours may be cached. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** The parameters behind the question mark; the same one twice would leave open which counts. */
function readQuery(request: Request): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (Object.hasOwn(values, name)) {
      throw new LastgoodError("invalid_input", `The parameter ${name.slice(0, 64)} was given twice.`, {
        field: name,
        hint: "Give it once.",
      });
    }
    values[name] = value;
  }
  return values;
}

function notAllowed(method: string, allow: string): LastgoodError {
  return new LastgoodError("method_not_allowed", `${method} does not exist here.`, {
    hint: `Use ${allow}.`,
    allow,
  });
}
