import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type ClusterConnection, connectionString } from "../lib/domain/cluster-connection.ts";

const EVERY_MS = 5;

/** An application that commits as fast as it can and connects anew when it is thrown out. */
export class Probe {
  #isEnding = false;
  #longestMs = 0;
  #upAgainMs = Number.NaN;
  #lastMs = performance.now();
  #done: Promise<void> = Promise.resolve();

  static async start(connection: ClusterConnection): Promise<Probe> {
    const probe = new Probe();
    const client = await connect(connection);
    await client.query("CREATE TABLE IF NOT EXISTS probe (at timestamptz)");
    probe.#lastMs = performance.now();
    probe.#done = probe.#run(connection, client);
    return probe;
  }

  /** Milliseconds between the two commits that were furthest apart, and when the later one was, of the clock of `performance`. */
  async stop(): Promise<{ longestMs: number; upAgainMs: number }> {
    this.#isEnding = true;
    await this.#done;
    return { longestMs: this.#longestMs, upAgainMs: this.#upAgainMs };
  }

  async #run(connection: ClusterConnection, first: pg.Client): Promise<void> {
    let client: pg.Client | null = first;
    while (!this.#isEnding) {
      try {
        client ??= await connect(connection);
        // A restore may take the table away.
        await client.query(
          "BEGIN; CREATE TABLE IF NOT EXISTS probe (at timestamptz); INSERT INTO probe VALUES (now()); COMMIT",
        );
        const nowMs = performance.now();
        if (nowMs - this.#lastMs > this.#longestMs) {
          this.#longestMs = nowMs - this.#lastMs;
          this.#upAgainMs = nowMs;
        }
        this.#lastMs = nowMs;
      } catch {
        await client?.end().catch(() => undefined);
        client = null;
      }
      await sleep(EVERY_MS);
    }
    await client?.end().catch(() => undefined);
  }
}

async function connect(connection: ClusterConnection): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: connectionString(connection), connectionTimeoutMillis: 5000 });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
