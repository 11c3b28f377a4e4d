import { Socket } from "node:net";
import pg from "pg";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { checkedWays, isUnreachable } from "../programs/checked-addresses.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";

/** One database of one server, and as whom. */
export type ServerPlace = {
  /** A name, an address, or the folder of a Unix socket. */
  host: string;
  port: number;
  user: string;
  /** Null where the server asks for none. */
  password: string | null;
  database: string;
  sslMode: ClusterConnection["sslMode"];
};

/** A value as PostgreSQL writes it, which reads back as exactly the same; null is NULL. */
export type Text = string | null;

const CONNECT_MS = 10_000;
/** Every value has one text and every text one value, whatever the server's own settings are. */
const EXACT =
  "SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET extra_float_digits = 1; " +
  "SET bytea_output = 'hex'; SET client_encoding = 'UTF8'; SET client_min_messages = 'error'; " +
  "SET client_connection_check_interval = '2s'";
/** Names in our own SQL are whole: what others put into their schemas is never called by it. */
const ONLY_OURS = "SET search_path = ''";
const AS_TEXT = { getTypeParser: () => (text: string | Buffer) => text };

export function placeOfCopy(server: RecoveredServer, user: string, database: string): ServerPlace {
  const { socketDirectory: host, port } = server;
  return { host, port, user, password: null, database, sslMode: "disable" };
}

/** One connection, whose values are texts. Closed, or lost, it is not opened again. */
export class ServerSession {
  readonly client: pg.Client;
  /** Its socket: what has come over it can be counted, and it can be cut. */
  readonly socket: Socket;
  #lost: Error | null = null;

  private constructor(client: pg.Client, socket: Socket) {
    this.client = client;
    this.socket = socket;
    client.on("error", (error) => {
      this.#lost = error;
    });
  }

  /**
   * @param names `ours`: nothing is found but by its whole name; `theirs`: as the role and the database have it
   * Throws pg's own error where nobody answers or the role may not come in.
   */
  static async open(place: ServerPlace, names: "ours" | "theirs" = "ours"): Promise<ServerSession> {
    const isUnix = place.host.startsWith("/");
    const wishes = isUnix || place.sslMode === "disable" ? [false as const] : sslWishes(place);
    const ways = (await checkedWays(place)).flatMap((way) => wishes.map((ssl) => ({ ...way, ssl })));
    for (const [index, { host, servername, ssl }] of ways.entries()) {
      try {
        return await ServerSession.#connect({ ...place, host }, ssl && { ...ssl, servername }, names);
      } catch (error) {
        const isRefusal = error instanceof Error && /does not support SSL/.test(error.message);
        if (!(isRefusal || isUnreachable(error)) || index === ways.length - 1) throw error;
      }
    }
    throw new Error("a place is tried at least once");
  }

  static async #connect(
    { host, port, user, password, database }: ServerPlace,
    ssl: false | { rejectUnauthorized: boolean; servername: string | undefined },
    names: "ours" | "theirs",
  ): Promise<ServerSession> {
    const socket = new Socket();
    const client = new pg.Client({
      host,
      port,
      user,
      database,
      ssl,
      // Without one pg would look for a file of passwords.
      password: password ?? "",
      stream: () => socket,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: "lastgood",
      types: AS_TEXT,
    });
    const session = new ServerSession(client, socket);
    try {
      await client.connect();
      await client.query(EXACT);
      if (names === "ours") await client.query(ONLY_OURS);
      return session;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  get isLost(): boolean {
    return this.#lost !== null || this.socket.destroyed;
  }

  /** Rows in the order of their columns. */
  async rows(sql: string, values: readonly (Text | readonly Text[])[] = []): Promise<Text[][]> {
    const result = await this.client.query<Text[]>({ text: sql, values: [...values], rowMode: "array" });
    return result.rows;
  }

  /** The only row's only value. */
  async value(sql: string, values: readonly (Text | readonly Text[])[] = []): Promise<Text> {
    const [row] = await this.rows(sql, values);
    return row?.[0] ?? null;
  }

  /** How many rows it wrote. Statements without values may be several, separated by semicolons. */
  async run(sql: string, values: readonly (Text | readonly Text[])[] = []): Promise<number> {
    const result = await this.client.query(values.length > 0 ? { text: sql, values: [...values] } : sql);
    return Array.isArray(result) ? 0 : (result.rowCount ?? 0);
  }

  /** Rows a few at a time; needs a transaction, and one at a time in it. */
  async *batches(sql: string, values: readonly (Text | readonly Text[])[], size: number): AsyncGenerator<Text[][]> {
    await this.run(`DECLARE lastgood_rows NO SCROLL CURSOR FOR ${sql}`, values);
    for (;;) {
      const rows = await this.rows(`FETCH ${size} FROM lastgood_rows`);
      if (rows.length > 0) yield rows;
      if (rows.length < size) break;
    }
    await this.run("CLOSE lastgood_rows");
  }

  /** Ends it, whatever it does just now; the server notices within two seconds. */
  cut(): void {
    this.socket.destroy();
  }

  async close(): Promise<void> {
    if (this.isLost) {
      this.socket.destroy();
      return;
    }
    await this.client.end();
  }
}

/** Opens a session for some work and closes it, however that ends; once the signal is aborted the work ends with its reason. */
export async function withSession<T>(
  place: ServerPlace,
  work: (session: ServerSession) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const session = await ServerSession.open(place).catch((error: unknown) => {
    throw explainServerError(error);
  });
  const cut = () => session.cut();
  signal?.addEventListener("abort", cut, { once: true });
  try {
    return await work(session);
  } catch (error) {
    signal?.throwIfAborted();
    throw explainServerError(error);
  } finally {
    signal?.removeEventListener("abort", cut);
    await session.close();
  }
}

/** What a server or the way to it says, as something that people may see. Other errors stay what they are. */
export function explainServerError(error: unknown): unknown {
  if (error instanceof LastgoodError || !(error instanceof Error)) return error;
  if (error instanceof pg.DatabaseError) {
    return new LastgoodError("internal", `PostgreSQL says: ${error.message}.`, {
      ...(error.code && { sqlState: error.code }),
      hint: error.hint ?? "If that does not tell you what to change, the server's own log holds more.",
    });
  }
  const isOfSocket = "syscall" in error || /connect|terminated|timeout/i.test(error.message);
  if (!isOfSocket) return error;
  return new LastgoodError(
    "agent_unavailable",
    "The PostgreSQL server does not answer.",
    { hint: "Look at how the database's server is doing, and try again.", retryAfterSeconds: 3 },
    { cause: error },
  );
}

/** What libpq's `sslmode` means. https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
function sslWishes({ sslMode }: ServerPlace): (false | { rejectUnauthorized: boolean })[] {
  if (sslMode === "verify-full") return [{ rejectUnauthorized: true }];
  const unchecked = { rejectUnauthorized: false };
  return sslMode === "prefer" ? [unchecked, false] : [unchecked];
}

/** A name as SQL has it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
