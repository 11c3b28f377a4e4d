import { createHash } from "node:crypto";
import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Readable } from "node:stream";
import { fromWireError, LastgoodError, type WireError } from "../domain/errors.ts";
import { readEnv } from "../env.ts";
import { currentRequestId, REQUEST_ID_HEADER } from "../request-scope.ts";
import { localRuntimePaths } from "../runtime-paths.ts";
import { loadSecret } from "../services/load-secret.ts";
import {
  CONNECT_WITHIN_MS,
  connectingOptions,
  LinkCut,
  linkFailed,
  PeerLook,
  type RemoteAgent,
} from "./network-link.ts";
import { agentKeyOf, isAgent, PROOF_HEADER, proveConsole } from "./peer-proof.ts";
import type { AgentMethod, AgentParams, AgentResults, UploadReply } from "./protocol.ts";

/** Both ends belong to it. */
type BytePart = { first: number; last: number };
type Envelope<T> = { ok: true; result: T } | { ok: false; error: WireError };

export type { RemoteAgent };

/** An agent on this machine, by its socket. */
export type NearAgent = { agentId: string; socketPath: string };
const isRemote = (place: RemoteAgent | NearAgent): place is RemoteAgent => "key" in place;

/**
 * Asks one agent, over its private socket or over the network. Every failure is a `LastgoodError`; no answer at all is
 * `agent_unavailable`, which the network's agents are within seconds, however long an answer may take.
 */
export class AgentClient {
  readonly #place: RemoteAgent | NearAgent;
  readonly #look: PeerLook | null;
  readonly #connections: Agent;
  /** Whoever waits for long must not keep short questions waiting. */
  readonly #longConnections: Agent;

  readonly #key: Buffer;

  /**
   * @param place where it is; a path: the socket of whichever agent serves it
   * @param key what the agent knows its console by: `agentKeyOf` the installation's secret
   */
  constructor(place: string | NearAgent | RemoteAgent, key: Buffer) {
    const known = typeof place === "string" ? { agentId: "", socketPath: place } : place;
    this.#place = known;
    this.#key = key;
    this.#look = isRemote(known) ? new PeerLook(known) : null;
    const open = (maxSockets: number) =>
      isRemote(known)
        ? new SecureAgent({ keepAlive: true, maxSockets, maxCachedSessions: 0 })
        : new Agent({ keepAlive: true, maxSockets });
    this.#connections = open(64);
    this.#longConnections = open(Number.POSITIVE_INFINITY);
  }

  /**
   * @param timeoutMs how long the agent may stay silent; queries take up to 30 s of their own
   * @param signal ends the call, and with it what the agent does for it where that can be cancelled
   */
  async ask<M extends AgentMethod>(
    method: M,
    params: AgentParams<M>,
    timeoutMs = 40_000,
    signal?: AbortSignal,
  ): Promise<AgentResults[M]> {
    const body = Buffer.from(JSON.stringify(params));
    return this.#exchange<AgentResults[M]>(
      "POST",
      `/rpc/${method}`,
      timeoutMs,
      { "content-type": "application/json", "content-length": `${body.length}` },
      (send) => send.end(body),
      method === "restoreEnded" ? this.#longConnections : this.#connections,
      signal,
    );
  }

  /** Streams a file to the agent, which keeps it until a job takes it. */
  async upload(uploadId: string, bytes: Readable): Promise<UploadReply> {
    return this.#exchange<UploadReply>("PUT", `/uploads/${uploadId}`, 600_000, {}, (send) => {
      bytes.on("error", (error) => send.destroy(error));
      bytes.pipe(send);
    });
  }

  /** Streams the bytes `first` to `last` of a download; `not_found` once the agent does not keep it any more. */
  download(downloadId: string, part: BytePart): Promise<Readable> {
    return this.#stream(`/downloads/${downloadId}`, part, async (answer) => {
      answer.resume();
      return new LastgoodError("not_found", "This download is over.", { hint: "Begin it again." });
    });
  }

  /** Streams the bytes `first` to `last` of what a backup holds, unpacked. Throws as the store that it lies in does. */
  downloadBackup(backupId: string, part: BytePart): Promise<Readable> {
    return this.#stream(`/backups/${backupId}`, part, async (answer) => {
      const envelope = await readEnvelope<never>(answer);
      return envelope.ok ? this.#unavailable(null) : fromWireError(envelope.error);
    });
  }

  #stream(
    target: string,
    { first, last }: BytePart,
    explain: (answer: IncomingMessage) => Promise<LastgoodError>,
  ): Promise<Readable> {
    const { proof, expected } = this.#prove("GET", target);
    return new Promise((resolve, reject) => {
      const headers = { ...requestHeaders(), [PROOF_HEADER]: proof, range: `bytes=${first}-${last}` };
      const send = this.#open({ path: target, headers, agent: this.#longConnections });
      send.on("error", (cause) => reject(this.#unavailable(cause)));
      send.on("response", (answer) => {
        const stranger = refuseStranger(answer, expected);
        if (stranger) return reject(stranger);
        if (answer.statusCode === 200) return resolve(answer);
        explain(answer).then(reject, (cause) => reject(this.#unavailable(cause)));
      });
      send.end();
    });
  }

  #exchange<T>(
    verb: string,
    target: string,
    timeoutMs: number,
    headers: Record<string, string>,
    write: (send: ReturnType<typeof request>) => void,
    agent = this.#connections,
    signal?: AbortSignal,
  ): Promise<T> {
    const { proof, expected } = this.#prove(verb, target);
    return new Promise((resolve, reject) => {
      const send = this.#open({
        path: target,
        method: verb,
        headers: { ...headers, ...requestHeaders(), [PROOF_HEADER]: proof },
        agent,
        ...(signal && { signal }),
      });
      send.setTimeout(timeoutMs, () => send.destroy(new Error("no answer in time")));
      send.on("error", (cause) => reject(this.#unavailable(cause)));
      send.on("response", (answer) => {
        const stranger = refuseStranger(answer, expected);
        if (stranger) return reject(stranger);
        readEnvelope<T>(answer).then(
          (envelope) => (envelope.ok ? resolve(envelope.result) : reject(fromWireError(envelope.error))),
          (cause) => reject(this.#unavailable(cause)),
        );
      });
      write(send);
    });
  }

  #prove(method: string, target: string) {
    return proveConsole(this.#key, { method, target, audience: this.#place.agentId });
  }

  /** Begins a call. Over the network it ends as soon as no connection comes about, or the agent is not there any more. */
  #open(options: RequestOptions): ReturnType<typeof request> {
    if (!isRemote(this.#place)) return request({ ...options, socketPath: this.#place.socketPath });
    const send = secureRequest({ ...options, ...connectingOptions(this.#place) });
    const late = new LinkCut(`no connection within ${CONNECT_WITHIN_MS / 1000} s`);
    const timer = setTimeout(() => send.destroy(late), CONNECT_WITHIN_MS);
    send.once("socket", (socket) => {
      if ("secureConnecting" in socket && socket.secureConnecting)
        socket.once("secureConnect", () => clearTimeout(timer));
      else clearTimeout(timer);
    });
    const unwatch = this.#look?.watch(() => send.destroy(new LinkCut("it fell silent")));
    send.once("close", () => {
      clearTimeout(timer);
      unwatch?.();
    });
    return send;
  }

  #unavailable(cause: unknown): LastgoodError {
    return isRemote(this.#place) ? linkFailed(this.#place, cause) : unavailable(cause);
  }
}

/** The request that a call is made for, so that the agent's log names it, too. */
function requestHeaders(): Record<string, string> {
  const requestId = currentRequestId();
  return requestId === null ? {} : { [REQUEST_ID_HEADER]: requestId };
}

/** Null for an answer of the agent itself; another one is not read any further. */
function refuseStranger(answer: IncomingMessage, expected: string): LastgoodError | null {
  if (isAgent(expected, answer.headers[PROOF_HEADER])) return null;
  answer.destroy();
  return notOurs(answer.statusCode === 401);
}

async function readEnvelope<T>(answer: IncomingMessage): Promise<Envelope<T>> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Envelope<T>;
}

function unavailable(cause: unknown): LastgoodError {
  return new LastgoodError(
    "agent_unavailable",
    "The agent that owns this database does not answer.",
    {
      hint: "Capture goes on without it. Look at the agent's log in the data directory; it is restarted by itself.",
      retryAfterSeconds: 2,
    },
    { cause },
  );
}

/** Another secret on either side, or somebody else's socket in the agent's place: nothing it says is believed. */
function notOurs(refused: boolean): LastgoodError {
  const cause = refused
    ? "The agent does not take this console for its own."
    : "What answers in the agent's place is not it.";
  return new LastgoodError("agent_unavailable", cause, {
    hint: "Console and agent need the same secret: LASTGOOD_SECRET, or that of the data directory. Restart both.",
    retryAfterSeconds: 5,
  });
}

const clients = new Map<string, AgentClient>();

/** The agent of a place; one client for each, which keeps its connections. */
export function agentAt(place: NearAgent | RemoteAgent): AgentClient {
  const way = isRemote(place)
    ? `${place.host} ${place.port} ${createHash("sha256").update(place.key).digest("hex")}`
    : place.socketPath;
  const name = `${place.agentId} ${way}`;
  const known = clients.get(name);
  if (known) return known;
  const client = new AgentClient(place, agentKeyOf(loadSecret(readEnv())));
  clients.set(name, client);
  return client;
}

/** The agent of this machine's data directory (`LASTGOOD_DATA`). */
export function localAgent(): AgentClient {
  return agentAt({ agentId: "", socketPath: localRuntimePaths().agentSocket });
}
