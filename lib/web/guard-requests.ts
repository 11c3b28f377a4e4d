// Preloaded into the console, ahead of Next.js: every request comes by here first.
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { DEFAULT_BASE_PATH, toBlockUrl } from "../domain/backup-block.ts";
import { readEnv } from "../env.ts";
import { type ActionAnswer, actionAnswer, toActionStatus } from "./action-status.ts";
import "./peer-address.ts";
import { requestScope } from "../request-scope.ts";
import { type RawRefusal, refuseRequest } from "./refuse-request.ts";
import { watchRequest } from "./watch-request.ts";

const { publicUrl, backupBlock } = readEnv();
const basePath = backupBlock?.basePath ?? DEFAULT_BASE_PATH;
const NOTHING_THERE: RawRefusal = {
  status: 404,
  code: "not_found",
  message: "There is nothing at this address.",
  hint: "The routes of the backup block are where its basePath says.",
};
const STRICT_TRANSPORT = "max-age=31536000";
type Emit = (this: Server, event: string | symbol, ...given: unknown[]) => boolean;
const emit = Server.prototype.emit as Emit;

Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
  if (event !== "request") return emit.call(this, event, ...given);
  const [request, response] = given as [IncomingMessage, ServerResponse];
  if (publicUrl.startsWith("https:")) response.setHeader("strict-transport-security", STRICT_TRANSPORT);
  const { method = "", headers } = request;
  const url = toBlockUrl(request.url ?? "", basePath);
  // From here on it is as if the console's own path had been asked for: no proxy, so that nothing cuts bodies.
  if (url !== null) request.url = url;
  const requestId = watchRequest(request, response);
  const refusal = url === null ? NOTHING_THERE : refuseRequest({ method, url, headers }, publicUrl);
  if (refusal) {
    refuse(response, refusal);
    return true;
  }
  return requestScope.run({ requestId }, () => {
    if (headers["next-action"] === undefined) return emit.call(this, event, ...given);
    const answer = { reached: false, status: null };
    giveStatus(response, answer);
    return actionAnswer.run(answer, () => emit.call(this, event, ...given));
  });
};

function refuse(response: ServerResponse, { status, code, message, hint, allow }: RawRefusal): void {
  const problem = { type: `urn:lastgood:problem:${code}`, title: message, status, detail: message, code, hint };
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // What is left of the body is not read.
    connection: "close",
    ...(allow !== undefined && { allow }),
  });
  response.end(JSON.stringify(problem));
}

/** Lets what became of an action's call decide about the status. */
function giveStatus(response: ServerResponse, answer: ActionAnswer): void {
  const writeHead = response.writeHead.bind(response) as (status: number, ...rest: unknown[]) => ServerResponse;
  response.writeHead = ((status: number, ...rest: unknown[]) =>
    writeHead(toActionStatus(status, answer), ...rest)) as ServerResponse["writeHead"];
}
