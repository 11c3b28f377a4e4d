import { LastgoodError } from "../domain/errors.ts";
import { describeTags, tagged } from "./etag.ts";
import { describeHandlers, type Operation } from "./operation.ts";
import { answer, notAllowed, type OpenHandler, tellMethods } from "./route.ts";

const ALLOW = "GET";

/** The handlers of a route that answers strangers and is only read: JSON with an ETag; every other method is 405 with Allow. */
export function openRoute(operation: Operation, read: (request: Request) => Promise<Response>) {
  const refuse: OpenHandler = (request) =>
    answer(request, async () => {
      throw notAllowed(request.method, ALLOW);
    });
  const get: OpenHandler = (request) => answer(request, async () => tagged(request, await read(request)));
  const handlers = {
    GET: get,
    POST: refuse,
    PUT: refuse,
    PATCH: refuse,
    DELETE: refuse,
    OPTIONS: tellMethods(ALLOW),
  };
  return describeHandlers(handlers, { GET: describeTags({ ...operation, isPublic: true }) });
}

/** Answers what no route answers, whoever asks. */
export const nothingHere: OpenHandler = (request) =>
  answer(request, async () => {
    throw new LastgoodError("not_found", "There is nothing at this address.", {
      hint: "GET /api/openapi.json lists every address and its methods.",
    });
  });
