import { LastgoodError } from "../domain/errors.ts";
import type { CallContext } from "../services/call-context.ts";
import { describeTags, tagged } from "./etag.ts";
import { describeHandlers, type Operation, type Operations } from "./operation.ts";
import { answer, notAllowed, type OpenHandler, tellMethods } from "./route.ts";

type Open = { operation: Operation; run(request: Request, origin: CallContext["origin"]): Promise<Response> };

/** The handlers of a route that answers strangers. What is read has an ETag; methods that are not given answer 405 with Allow. */
export function openRoute(open: { GET?: Open; POST?: Open }) {
  const methods = (["GET", "POST"] as const).filter((method) => open[method]);
  const allow = methods.join(", ");
  const handlerOf = (method: string, given?: Open): OpenHandler => {
    return (request) =>
      answer(request, async (origin) => {
        if (!given) throw notAllowed(method, allow);
        const answered = await given.run(request, origin);
        return method === "GET" ? tagged(request, answered) : answered;
      });
  };
  const operations: Operations = {};
  for (const method of methods) {
    const operation = open[method]?.operation;
    if (!operation) continue;
    const described = { ...operation, isPublic: true };
    operations[method] = method === "GET" ? describeTags(described) : described;
  }
  const handlers = {
    GET: handlerOf("GET", open.GET),
    POST: handlerOf("POST", open.POST),
    PUT: handlerOf("PUT"),
    PATCH: handlerOf("PATCH"),
    DELETE: handlerOf("DELETE"),
    OPTIONS: tellMethods(allow),
  };
  return describeHandlers(handlers, operations);
}

/** Answers what no route answers, whoever asks. */
export const nothingHere: OpenHandler = (request) =>
  answer(request, async () => {
    throw new LastgoodError("not_found", "There is nothing at this address.", {
      hint: "GET /api/openapi.json lists every address and its methods.",
    });
  });
