import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, rename, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Logger } from "pino";
import { ZodError } from "zod";
import { LastgoodError, toWireError } from "../domain/errors.ts";
import { REQUEST_ID_HEADER, requestScope, safeRequestId } from "../request-scope.ts";
import { ConsoleProofs, PROOF_HEADER } from "./peer-proof.ts";
import { type AgentMethod, type AgentParams, type AgentResults, agentMethods, type UploadReply } from "./protocol.ts";

/** `gone` is aborted when whoever asked does not wait for the answer any more. */
export type AgentAnswers = {
  [M in AgentMethod]: (params: AgentParams<M>, gone: AbortSignal) => Promise<AgentResults[M]>;
};

/** Streams what a call asks for that is no question; false when it is one. */
export type SendFile = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<boolean>;

const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
const UPLOAD_NAME = /^\/uploads\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/**
 * The agent's private HTTP server on a Unix socket that only this user may open. It answers nobody but its console, which
 * proves itself with each call, and authorises nothing: the console did.
 */
export async function servePrivately(
  socketPath: string,
  uploadsDirectory: string,
  answers: AgentAnswers,
  log: Logger,
  key: Buffer,
  send: SendFile = async () => false,
  agentId = "",
): Promise<Server> {
  const server = createServer(consoleListener({ uploadsDirectory, answers, log, key, send, audiences: ["", agentId] }));
  rest(server);
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return server;
}

/** What an agent answers with, and whose proofs it takes: those made with `key` for one of `audiences`. */
export type ConsoleDoor = {
  uploadsDirectory: string;
  answers: AgentAnswers;
  log: Logger;
  key: Buffer;
  send: SendFile;
  audiences: readonly string[];
};

/** A console asks again over connections that rested: were they closed here meanwhile, its question could meet the closing. */
export function rest(server: Server): void {
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
}

/** Answers the calls of consoles, and nobody else's. */
export function consoleListener({
  uploadsDirectory,
  answers,
  log,
  key,
  send,
  audiences,
}: ConsoleDoor): RequestListener {
  const proofs = new ConsoleProofs(key);
  return (incoming, outgoing) => {
    const call = { method: incoming.method ?? "", target: incoming.url ?? "" };
    const proof = proofs.answer(call, audiences, incoming.headers[PROOF_HEADER]);
    if (proof === null) return refuseStranger(outgoing, log);
    outgoing.setHeader(PROOF_HEADER, proof);
    const respond = async () => {
      if (await send(incoming, outgoing)) return;
      const result = await answer(incoming, uploadsDirectory, answers, log, goneSignal(outgoing));
      sendJson(outgoing, 200, { ok: true, result });
    };
    const respondOrRefuse = () =>
      respond().catch((error: unknown) => {
        const refusal = asRefusal(error, log);
        sendJson(outgoing, refusal.status, { ok: false, error: toWireError(refusal) });
      });
    const requestId = safeRequestId(incoming.headers[REQUEST_ID_HEADER]);
    if (requestId === null) return void respondOrRefuse();
    requestScope.run({ requestId }, () => {
      logEnd(outgoing, call.target, log);
      void respondOrRefuse();
    });
  };
}

/** What consoles ask all the time. */
const QUIET = new Set(["/rpc/health", "/rpc/status", "/rpc/vitals", "/rpc/exposure", "/rpc/restoreEnded"]);

/** One line for each call that somebody's request led to; targets hold methods and ids, never what was asked. */
function logEnd(outgoing: ServerResponse, target: string, log: Logger): void {
  const startedMs = performance.now();
  outgoing.once("close", () => {
    const line = { call: target, status: outgoing.statusCode, durationMs: Math.round(performance.now() - startedMs) };
    if (QUIET.has(target)) log.debug(line, "call");
    else log.info(line, "call");
  });
}

/** Reads nothing of what a stranger sends. */
function refuseStranger(outgoing: ServerResponse, log: Logger): void {
  log.warn("somebody who is not the console called the agent's private socket and was refused");
  const refusal = new LastgoodError("unauthenticated", "The agent answers nobody but its console.");
  outgoing.setHeader("connection", "close");
  sendJson(outgoing, refusal.status, { ok: false, error: toWireError(refusal) });
}

async function answer(
  incoming: IncomingMessage,
  uploadsDirectory: string,
  answers: AgentAnswers,
  log: Logger,
  gone: AbortSignal,
): Promise<unknown> {
  const target = incoming.url ?? "";
  const upload = UPLOAD_NAME.exec(target);
  if (incoming.method === "PUT" && upload?.[1]) return receiveUpload(incoming, uploadsDirectory, upload[1]);
  const method = target.startsWith("/rpc/") ? target.slice("/rpc/".length) : "";
  if (incoming.method !== "POST" || !isAgentMethod(method)) {
    throw new LastgoodError("not_found", `The agent knows no ${incoming.method} ${target}.`);
  }
  log.trace({ method }, "asked");
  return call(method, await readJson(incoming), answers, gone);
}

function goneSignal(outgoing: ServerResponse): AbortSignal {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new LastgoodError("query_cancelled", "Nobody waits for the answer."));
  });
  return gone.signal;
}

function isAgentMethod(name: string): name is AgentMethod {
  return Object.hasOwn(agentMethods, name);
}

function call<M extends AgentMethod>(
  method: M,
  body: unknown,
  answers: AgentAnswers,
  gone: AbortSignal,
): Promise<AgentResults[M]> {
  const params = agentMethods[method].parse(body) as AgentParams<M>;
  return answers[method](params, gone);
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT_BYTES)
      throw new LastgoodError("payload_too_large", "The question to the agent is too large.");
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
}

/** Keeps the bytes as `<uuid>.part` until all of them arrived, then as `<uuid>.upload`. */
async function receiveUpload(incoming: IncomingMessage, directory: string, uploadId: string): Promise<UploadReply> {
  // Of this attempt alone: an earlier one may not have noticed yet that its sender is gone.
  const partial = path.join(directory, `${uploadId}.${randomUUID()}.part`);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(incoming, meter, createWriteStream(partial, { flags: "wx", mode: 0o600, flush: true }));
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof Error && "code" in cause && cause.code === "ENOSPC") {
      throw new LastgoodError("storage_full", "The agent's disk is full.", { hint: "Free space and upload again." });
    }
    throw new LastgoodError("invalid_input", "The upload broke off.", { hint: "Upload the file again." }, { cause });
  }
  await rename(partial, path.join(directory, `${uploadId}.upload`));
  return { uploadId, sizeBytes, sha256: hash.digest("hex") };
}

function asRefusal(error: unknown, log: Logger): LastgoodError {
  if (error instanceof LastgoodError) return error;
  if (error instanceof ZodError) {
    return new LastgoodError("invalid_input", error.issues[0]?.message ?? "The question is malformed.", {
      field: error.issues[0]?.path.join(".") ?? "",
    });
  }
  log.error({ err: error }, "unexpected failure while answering the console");
  return new LastgoodError("internal", "The agent failed unexpectedly.", { hint: "Its log names the cause." });
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  outgoing.end(text);
}
