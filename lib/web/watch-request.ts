import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { createLogger } from "../log.ts";
import { REQUEST_ID_HEADER } from "../request-scope.ts";
import { peerAddress } from "./peer-address.ts";
import { requestMetrics } from "./request-metrics.ts";
import { ASSETS, NO_ROUTE, openRoutePatterns } from "./route-patterns.ts";

/** The caller went before there was an answer, as nginx calls it. */
const CLIENT_CLOSED = 499;
/** What asks all the time and changes nothing. */
const QUIET = new Set([ASSETS, "/api/health", "/metrics", "/icon.svg"]);

const log = createLogger("console");
const patternOf = openRoutePatterns(path.resolve(".next/routes-manifest.json"));

/**
 * Counts a request when its answer has ended, and writes its line: method, pattern of the route, status, milliseconds, address. Never the address that
 * was asked for, a header or a body. Answers the request's id, which the answer carries, too.
 */
export function watchRequest(request: IncomingMessage, response: ServerResponse): string {
  const startedMs = performance.now();
  const { method = "", url = "", headers } = request;
  const requestId = String(headers[REQUEST_ID_HEADER]);
  const route = patternOf(url.split("?", 1)[0] ?? "");
  const address = peerAddress({ get: (name) => headers[name]?.toString() ?? null });
  response.setHeader(REQUEST_ID_HEADER, requestId);
  requestMetrics.begin();
  response.once("close", () => {
    const tookMs = performance.now() - startedMs;
    const status = response.headersSent ? response.statusCode : CLIENT_CLOSED;
    requestMetrics.end({ method, route, status, seconds: tookMs / 1000 });
    const line = { requestId, method, route, status, durationMs: Math.round(tookMs), address };
    const complete = response.writableFinished ? line : { ...line, brokeOff: true };
    if (QUIET.has(route)) log.debug(complete, "request");
    else if (route === NO_ROUTE) log.info(complete, "request for nothing that is there");
    else log.info(complete, "request");
  });
  return requestId;
}
