import { constants, randomBytes } from "node:crypto";
import type { TlsOptions } from "node:tls";
import { type ConnectionOptions, connect } from "node:tls";
import { LastgoodError } from "../domain/errors.ts";

/*
 * Between machines console and agent speak TLS 1.2 with a key of the agent's that both know beforehand (RFC 4279, RFC 5489): each end
 * proves that it has the key, what was said stays secret should the key leak later, and there are no certificates to run out.
 * The proofs of every call (peer-proof.ts) stay as they are.
 */
const LINK = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
} as const satisfies ConnectionOptions;

/** A key is 256 random bits. */
export const LINK_KEY_BYTES = 32;
/** How long a connection may take until both ends have proved themselves. */
export const CONNECT_WITHIN_MS = 3000;
/** Whoever waits for an answer looks that often whether the agent is still there, and how long a look's answer counts. */
const LOOK_EVERY_MS = 3000;
const LOOK_COUNTS_MS = 1500;

/** An agent on another machine. */
export type RemoteAgent = { agentId: string; host: string; port: number; key: Buffer };

/** What an agent listens with. Whoever names another agent learns nothing of which there are: their handshake fails like one with a wrong key. */
export function listeningOptions(agentId: string, key: Buffer): TlsOptions {
  return {
    ...LINK,
    pskCallback: (_socket, identity) => (identity === agentId ? key : randomBytes(LINK_KEY_BYTES)),
    handshakeTimeout: CONNECT_WITHIN_MS,
    // Sessions that are taken up again would outlive the key.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** What a console connects with. */
export function connectingOptions({ agentId, host, port, key }: RemoteAgent): ConnectionOptions {
  return {
    ...LINK,
    host,
    port,
    pskCallback: () => ({ psk: key, identity: agentId }),
    // There is no certificate: who answers proves itself by the key.
    checkServerIdentity: () => undefined,
  };
}

/** Looks whether an agent is there, once for all who ask at about the same time. */
export class PeerLook {
  readonly #agent: RemoteAgent;
  #last: { atMs: number; is: Promise<boolean> } | null = null;

  constructor(agent: RemoteAgent) {
    this.#agent = agent;
  }

  /** Calls `gone` once the agent is not there any more; answers what ends the watch. */
  watch(gone: () => void): () => void {
    const timer = setInterval(async () => {
      if (!(await this.#isThere())) gone();
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }

  #isThere(): Promise<boolean> {
    const nowMs = performance.now();
    if (this.#last === null || nowMs - this.#last.atMs > LOOK_COUNTS_MS) {
      this.#last = { atMs: nowMs, is: connects(this.#agent) };
    }
    return this.#last.is;
  }
}

/** Whether the agent finishes a handshake: one whose process stands still does not, though its machine takes connections. */
function connects(agent: RemoteAgent): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(connectingOptions(agent));
    const end = (is: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(is);
    };
    const timer = setTimeout(() => end(false), CONNECT_WITHIN_MS);
    socket.once("secureConnect", () => end(true));
    socket.on("error", () => end(false));
  });
}

/** Why nothing was heard, in words for people. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  EHOSTUNREACH: "there is no way to that machine",
  ENETUNREACH: "there is no way to that network",
  ENOTFOUND: "that name is not known",
  EAI_AGAIN: "the name server does not answer",
  EPROTO: "what answers there does not have this agent's key",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  ETIMEDOUT: "the connection timed out",
};

/** Told of a connection that is not made in time, and of an agent that fell silent. */
export class LinkCut extends Error {}

/** `agent_unavailable` of an agent behind the network, with the cause. */
export function linkFailed({ host, port }: RemoteAgent, cause: unknown): LastgoodError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const why = cause instanceof LinkCut ? cause.message : (CAUSES[code] ?? "it does not answer");
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new LastgoodError(
    "agent_unavailable",
    `The agent that owns this database cannot be reached at ${place}: ${why}.`,
    {
      hint: "Capture goes on without this console. Look at the network between the two machines, and whether Lastgood runs there.",
      retryAfterSeconds: 5,
    },
    { cause },
  );
}
