import { linkSync, lstatSync, renameSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import net from "node:net";
import { fromWireError, LastgoodError, toWireError, type WireError } from "../../domain/errors.ts";

/**
 * JSON lines over a Unix socket. Both ends may do both:
 *   {id, ask, ...question}  is answered by {id, ok: true, ...answer} or {id, ok: false, error: WireError}
 *   {tell, ...message}      is not answered
 * A line is at most 16 MiB; anything that is no such line closes the connection.
 */

/** What one side may say: `asks` by name with question and answer, `tells` by name with their message. */
export type Speech = {
  asks: Record<string, { question: object; answer: object }>;
  tells: Record<string, object>;
};

/** What this side does with what the other one says. A handler of an ask may throw; a LastgoodError reaches the asker. */
export type Handlers<In extends Speech, Out extends Speech> = {
  asks: {
    [K in keyof In["asks"]]: (
      question: In["asks"][K]["question"],
      peer: LinePeer<Out, In>,
    ) => In["asks"][K]["answer"] | Promise<In["asks"][K]["answer"]>;
  };
  tells: { [K in keyof In["tells"]]: (message: In["tells"][K], peer: LinePeer<Out, In>) => void };
  opened?: (peer: LinePeer<Out, In>) => void;
  /** Called once, after every ask under way has been failed. */
  closed?: (peer: LinePeer<Out, In>) => void;
};

type Waiting = { resolve(answer: object): void; reject(error: Error): void; timer: NodeJS.Timeout };
type Message = { id?: unknown; ask?: unknown; tell?: unknown; ok?: unknown; error?: unknown };

const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

/** One end of a connection that speaks `Out` and hears `In`. */
export class LinePeer<Out extends Speech, In extends Speech> {
  /** Anything the owner wants to remember of this peer. */
  readonly notes = new Map<string, unknown>();
  private readonly socket: net.Socket;
  private readonly handlers: Handlers<In, Out>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly pieces: Buffer[] = [];
  private pieceBytes = 0;
  private lastId = 0;
  private over = false;

  constructor(socket: net.Socket, handlers: Handlers<In, Out>) {
    this.socket = socket;
    this.handlers = handlers;
    socket.on("data", (bytes: Buffer) => this.receive(bytes));
    // A broken pipe is an ended conversation and nothing else: `close` follows and fails what waits.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.end());
    handlers.opened?.(this);
  }

  get closed(): boolean {
    return this.over;
  }

  /**
   * Asks and waits for the answer. Rejects with the other side's LastgoodError, or `agent_unavailable` when the
   * connection ends or `timeoutMs` passes first.
   */
  ask<K extends keyof Out["asks"] & string>(
    name: K,
    question: Out["asks"][K]["question"],
    timeoutMs: number,
  ): Promise<Out["asks"][K]["answer"]> {
    return new Promise((resolve, reject) => {
      if (this.over) return reject(unanswered(name, "the connection is closed"));
      const id = ++this.lastId;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(unanswered(name, `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.waiting.set(id, { resolve, reject, timer });
      this.send({ ...question, id, ask: name });
    });
  }

  /** Sends without waiting; silently dropped when the connection is closed. */
  tell<K extends keyof Out["tells"] & string>(name: K, message: Out["tells"][K]): void {
    this.send({ ...message, tell: name });
  }

  close(): void {
    this.socket.destroy();
    this.end();
  }

  private send(message: object): void {
    if (!this.over) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  private receive(bytes: Buffer): void {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0 && !this.over; at = bytes.indexOf(NEWLINE, from)) {
      this.pieces.push(bytes.subarray(from, at));
      const line = Buffer.concat(this.pieces).toString("utf8");
      this.pieces.length = 0;
      this.pieceBytes = 0;
      from = at + 1;
      this.hear(line);
    }
    if (from < bytes.length) {
      this.pieces.push(bytes.subarray(from));
      this.pieceBytes += bytes.length - from;
      if (this.pieceBytes > MAX_LINE_BYTES) this.close();
    }
  }

  private hear(line: string): void {
    const message = parseMessage(line);
    if (typeof message?.tell === "string") this.hearTell(message.tell, message);
    else if (typeof message?.id !== "number") this.close();
    else if (typeof message.ask === "string") void this.hearAsk(message.id, message.ask, message);
    else this.hearAnswer(message.id, message);
  }

  private hearTell(name: string, message: Message): void {
    // A tell that this side does not know is skipped: the other end may be a version ahead.
    if (!Object.hasOwn(this.handlers.tells, name)) return;
    this.handlers.tells[name as keyof In["tells"]](message as In["tells"][keyof In["tells"]], this);
  }

  private async hearAsk(id: number, name: string, message: Message): Promise<void> {
    try {
      if (!Object.hasOwn(this.handlers.asks, name)) {
        throw new LastgoodError("invalid_input", `Nobody answers "${name}" here.`);
      }
      const answer = await this.handlers.asks[name as keyof In["asks"]](message, this);
      this.send({ ...answer, id, ok: true });
    } catch (error) {
      const known = error instanceof LastgoodError ? error : new LastgoodError("internal", String(error));
      this.send({ id, ok: false, error: toWireError(known) });
    }
  }

  private hearAnswer(id: number, message: Message): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return; // It came after its timeout.
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    const { id: _id, ok, ...answer } = message;
    if (ok === true) waiting.resolve(answer);
    else waiting.reject(fromWireError(wireErrorOf(message.error)));
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(unanswered("the question", "the connection was closed"));
    }
    this.waiting.clear();
    this.handlers.closed?.(this);
  }
}

/** Connects to a served socket. Rejects with the system's error (ENOENT, ECONNREFUSED) when nobody serves it. */
export function connectLines<Out extends Speech, In extends Speech>(
  path: string,
  handlers: Handlers<In, Out>,
): Promise<LinePeer<Out, In>> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new LinePeer<Out, In>(socket, handlers));
    });
  });
}

export type LineServer<Out extends Speech, In extends Speech> = {
  readonly peers: ReadonlySet<LinePeer<Out, In>>;
  /** Ends every connection and takes the socket's name away. */
  close(): Promise<void>;
};

/**
 * Serves a socket (mode 0600) under `path`. A name left behind by a dead process is replaced; when a living one serves
 * it, rejects with code `EADDRINUSE`. Safe against several processes that try at once: at most one of them wins.
 */
export async function serveLines<Out extends Speech, In extends Speech>(
  path: string,
  handlers: Handlers<In, Out>,
): Promise<LineServer<Out, In>> {
  const peers = new Set<LinePeer<Out, In>>();
  const server = net.createServer((socket) => {
    peers.add(
      new LinePeer<Out, In>(socket, {
        ...handlers,
        closed: (peer) => {
          peers.delete(peer);
          handlers.closed?.(peer);
        },
      }),
    );
  });
  const own = `${path}.${process.pid}`;
  rmSync(own, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(own, resolve);
  });
  try {
    await chmod(own, 0o600);
    const inode = lstatSync(own).ino;
    await claimName(own, path);
    rmSync(own, { force: true });
    return {
      peers,
      close: async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        for (const peer of [...peers]) peer.close();
        await closed;
        if (lstatSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}

/** Whether a living process accepts connections under this name. */
export function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Gives the socket `own` the name `path`. The name of a dead one is moved away first, so that a living one is never unlinked. */
async function claimName(own: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryLink(own, path)) return;
    if (await isServed(path)) break;
    const aside = `${own}.old`;
    if (!tryRename(path, aside)) continue;
    // Between the look and the move somebody else may have begun to serve it: then it gets its name back.
    if (await isServed(aside)) tryLink(aside, path);
    rmSync(aside, { force: true });
  }
  throw Object.assign(new Error(`another process serves ${path}`), { code: "EADDRINUSE" });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

function parseMessage(line: string): Message | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Message) : null;
  } catch {
    return null;
  }
}

function wireErrorOf(value: unknown): WireError {
  if (typeof value === "object" && value !== null && "code" in value && "message" in value) return value as WireError;
  return { code: "internal", message: "The other process failed without saying why.", details: {} };
}

function unanswered(name: string, cause: string): LastgoodError {
  return new LastgoodError("agent_unavailable", `Capture did not answer (${name}): ${cause}.`, {
    hint: "Capture may be starting; try again in a moment.",
    retryAfterSeconds: 1,
  });
}
