import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import type { ClusterConnection } from "../../lib/domain/cluster-connection.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { ClusterWorld } from "./cluster-world.ts";
import { findPostgres } from "./find-postgres.ts";
import { quietRun } from "./sqlite-world.ts";
import { type StartedPostgres, startPostgres } from "./start-postgres.ts";

/** A server of somebody else's with a database `shop` of the role `app`, attached through `mirror`, which is a member of that role. */
export class AttachedWorld {
  readonly world: ClusterWorld;
  readonly server: StartedPostgres;
  readonly db: ProtectedDatabase;
  readonly password = "mirror-of-the-shop-31";
  readonly #clients = new Set<pg.Client>();

  private constructor(world: ClusterWorld, server: StartedPostgres) {
    this.world = world;
    this.server = server;
    this.db = world.newDatabase("shop", { origin: "attached", restoreWay: "transfer" });
  }

  /** @param how as of `ClusterWorld.start` */
  static async start(how: "inside" | "process" = "inside"): Promise<AttachedWorld> {
    const [world, server] = await Promise.all([ClusterWorld.start(how), startPostgres()]);
    const attached = new AttachedWorld(world, server);
    await server.run("CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE reader");
    await server.run(`CREATE ROLE mirror LOGIN REPLICATION PASSWORD '${attached.password}'; GRANT app TO mirror`);
    await server.run("CREATE DATABASE shop OWNER app");
    await server.run("ALTER SCHEMA public OWNER TO pg_database_owner", "shop");
    return attached;
  }

  get connection(): ClusterConnection {
    const { port } = this.server;
    return { host: "127.0.0.1", port, user: "mirror", password: this.password, database: "shop", sslMode: "disable" };
  }

  async attach(connection = this.connection): Promise<void> {
    await this.world.engine.protect(this.db, { kind: "connection", connection }, quietRun());
  }

  /** Runs statements as the role of the applications, and answers the rows of the last one. */
  async run<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    const client = await this.connect();
    try {
      const answer = await client.query<Row>(sql);
      return (Array.isArray(answer) ? answer.at(-1) : answer).rows;
    } finally {
      await client.end();
      this.#clients.delete(client);
    }
  }

  async connect(): Promise<pg.Client> {
    const { port } = this.server;
    const client = new pg.Client({ host: "127.0.0.1", port, user: "app", password: "app", database: "shop" });
    client.on("error", () => undefined);
    await client.connect();
    this.#clients.add(client);
    return client;
  }

  /** All of the database as PostgreSQL's own program writes it down: definitions, rows, sequences, large objects, rights. */
  async dump(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(path.join(findPostgres() ?? "", "pg_dump"), args, {
      env: {
        PGHOST: "127.0.0.1",
        PGPORT: String(this.server.port),
        PGUSER: "lastgood",
        PGPASSWORD: this.server.password,
        PGDATABASE: "shop",
        NODE_ENV: "test",
      },
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout.replace(/^\\(un)?restrict .*$/gm, "");
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.end().catch(() => undefined);
    await this.world.close();
    await this.server.remove();
  }
}
