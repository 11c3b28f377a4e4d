import type pg from "pg";
import type { ServerSession } from "../look/server-session.ts";

/** What of pg's connection a COPY needs; its types leave it out. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY */
type Wire = {
  query(text: string): void;
  sync(): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
  stream: NodeJS.WritableStream & { writableNeedDrain: boolean };
};

const PIECE_BYTES = 64 * 1024;

/** One COPY statement as pg runs it: the parts of its query interface that both directions share. */
class CopyQuery {
  readonly ended: Promise<number>;
  readonly #text: string;
  #resolve: (rows: number) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #rows = 0;

  constructor(text: string) {
    this.#text = text;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended.catch(() => undefined);
  }

  submit(connection: unknown): void {
    (connection as Wire).query(this.#text);
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }
}

class CopyOut extends CopyQuery {
  readonly #take: (piece: Buffer) => void;

  constructor(text: string, take: (piece: Buffer) => void) {
    super(text);
    this.#take = take;
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.#take(chunk);
  }
}

class CopyIn extends CopyQuery {
  readonly begun: Promise<Wire>;
  #begin: (wire: Wire) => void = () => undefined;

  constructor(text: string) {
    super(text);
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.ended.catch(reject);
    });
    this.begun.catch(() => undefined);
  }

  handleCopyInResponse(connection: unknown): void {
    this.#begin(connection as Wire);
  }
}

const submit = <Query extends CopyQuery>({ client }: ServerSession, query: Query): Query => {
  (client as unknown as { query(one: pg.Submittable): void }).query(query as unknown as pg.Submittable);
  return query;
};

/**
 * Pipes what one COPY gives into another one on another server, never more of it in memory than the slower side takes. Answers the
 * number of rows. Rejects with whatever either server says.
 * @param from a COPY … TO STDOUT over a socket without TLS, whose reading can be held
 */
export async function pipeCopy(
  from: { session: ServerSession; sql: string },
  to: { session: ServerSession; sql: string },
  report: (bytes: number) => void,
): Promise<number> {
  const into = submit(to.session, new CopyIn(to.sql));
  const wire = await into.begun;
  const { socket } = from.session;
  let pieces: Buffer[] = [];
  let waiting = 0;
  const send = () => {
    if (waiting === 0) return;
    wire.sendCopyFromChunk(Buffer.concat(pieces));
    report(waiting);
    pieces = [];
    waiting = 0;
    if (wire.stream.writableNeedDrain && !socket.isPaused()) {
      socket.pause();
      wire.stream.once("drain", () => socket.resume());
    }
  };
  const out = submit(
    from.session,
    new CopyOut(from.sql, (piece) => {
      // The piece is a window on a buffer that is read into again.
      pieces.push(Buffer.from(piece));
      waiting += piece.length;
      if (waiting >= PIECE_BYTES) send();
    }),
  );
  // Whoever writes may end first, while the other is held.
  const failed = into.ended.then(() => undefined);
  try {
    await Promise.race([out.ended, failed]);
    const rows = await out.ended;
    send();
    wire.endCopyFrom();
    const written = await into.ended;
    if (written !== rows) throw new Error(`${rows} rows were read and ${written} written`);
    return rows;
  } catch (error) {
    socket.resume();
    wire.sendCopyFail("the other side ended");
    throw error;
  }
}
