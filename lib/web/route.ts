import type { z } from "zod";
import { LastgoodError } from "../domain/errors.ts";
import type { CallContext } from "../services/call-context.ts";
import { authenticate, callOrigin, requireSameOrigin } from "./authenticate.ts";
import { describeTags, tagged } from "./etag.ts";
import { describeHandlers, type Method, type Operation, type Operations, type OperationWords } from "./operation.ts";
import { problemResponse, toRefusal } from "./problem-details.ts";
import { readJsonBody } from "./read-json-body.ts";
import { readIdempotencyKey, repeatable } from "./repeatable.ts";

const BODY_LIMIT_BYTES = 1024 * 1024;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const satisfies readonly Method[];

type RouteParams = Record<string, string>;
/** Next.js gives no parameters to an address that has none. */
type RouteContext = { params: Promise<RouteParams | undefined> };
type Handler = (request: Request, context: RouteContext) => Promise<Response>;
type Run = (request: Request, params: RouteParams, ctx: CallContext) => Promise<Response>;
type Endpoint = { run: Run; operation: Operation };

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

/**
 * One method of a route: what it takes, what it does, and in `operation` what the API reference says of it; the same schemas
 * check the input and describe it. Without `body` none is read.
 */
export function endpoint<Query = undefined, Body = undefined>(definition: {
  operation: OperationWords & Pick<Operation, "waits" | "bodyType">;
  /**
   * Takes `Idempotency-Key`: a function answers for what an earlier call has made when that call's own answer is gone; where
   * nothing can, true.
   */
  idempotent?: true | ((call: Call<Query, Body>, madeId: string) => Promise<Response>);
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  bodyLimitBytes?: number;
  handle(call: Call<Query, Body>): Promise<Response>;
}): Endpoint {
  const { operation, query, body, idempotent } = definition;
  const described: Operation = { ...operation, query, body, isIdempotent: idempotent !== undefined };
  const run = runOf(definition);
  return {
    run: async (request, params, ctx) => finish(request, await run(request, params, ctx), described),
    operation: described,
  };
}

/** What the operation promises of its answers' headers, beside what `handle` gives them. */
function finish(request: Request, answer: Response, { waits }: Operation): Response {
  if (waits && asksNotToWait(request)) answer.headers.set("preference-applied", "respond-async");
  return answer;
}

/** RFC 7240. */
const asksNotToWait = (request: Request) =>
  /(^|[,;\s])respond-async($|[,;\s])/i.test(request.headers.get("prefer") ?? "");

function runOf<Query, Body>(definition: {
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  bodyLimitBytes?: number;
  idempotent?: true | ((call: Call<Query, Body>, madeId: string) => Promise<Response>);
  handle(call: Call<Query, Body>): Promise<Response>;
}): Run {
  const { idempotent } = definition;
  return async (request, params, ctx) => {
    const query = definition.query?.parse(readQuery(request)) as Query;
    const raw = definition.body
      ? await readJsonBody(request, definition.bodyLimitBytes ?? BODY_LIMIT_BYTES)
      : undefined;
    const body = definition.body?.parse(raw) as Body;
    const respondAsync = asksNotToWait(request);
    const param = (name: string) => {
      const value = params[name];
      if (value === undefined) throw new Error(`the route has no parameter ${name}`);
      return value;
    };
    const callOf = (context: CallContext) => ({ ctx: context, param, query, body, request, respondAsync });
    const key = idempotent && readIdempotencyKey(request.headers);
    if (!key) return definition.handle(callOf(ctx));
    return repeatable(request, raw, ctx, {
      key,
      namespace: params.ns ?? null,
      run: (context) => definition.handle(callOf(context)),
      recall: idempotent === true ? null : (context, madeId) => idempotent(callOf(context), madeId),
    });
  };
}

/**
 * The handlers of one route file. Each call is authenticated, one that is carried by a cookie and is no GET must come from
 * our own pages, every failure becomes problem details, and JSON that is read has an ETag. Methods that are not given answer 405 with Allow.
 */
export function route(endpoints: Partial<Record<Method, Endpoint>>): Record<Method | "OPTIONS", Handler> {
  const allow = METHODS.filter((method) => endpoints[method]).join(", ");
  const handlerOf = (method: Method): Handler => {
    const run = endpoints[method]?.run;
    return (request, { params }) =>
      answer(request, async (origin) => {
        if (!run) throw notAllowed(method, allow);
        const ctx = await authenticate(request.headers, origin);
        if (method !== "GET" && ctx.actor.kind === "user") requireSameOrigin(request.headers);
        const answered = await run(request, (await params) ?? {}, ctx);
        return method === "GET" ? tagged(request, answered) : answered;
      });
  };
  const handlers = {
    GET: handlerOf("GET"),
    POST: handlerOf("POST"),
    PUT: handlerOf("PUT"),
    PATCH: handlerOf("PATCH"),
    DELETE: handlerOf("DELETE"),
    OPTIONS: tellMethods(allow),
  };
  const operations: Operations = {};
  for (const method of METHODS) {
    const operation = endpoints[method]?.operation;
    if (operation) operations[method] = method === "GET" ? describeTags(operation) : operation;
  }
  return describeHandlers(handlers, operations);
}

/** A handler that needs nothing of the address. */
export type OpenHandler = (request: Request) => Promise<Response>;

/** Answers OPTIONS. */
export function tellMethods(allow: string): OpenHandler {
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

/** The refusal of a method that an address does not have; `allow` are those that it has. */
export function notAllowed(method: string, allow: string): LastgoodError {
  return new LastgoodError("method_not_allowed", `${method} does not exist here.`, {
    hint: `Use ${allow}.`,
    allow,
  });
}
