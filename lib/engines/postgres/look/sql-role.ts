import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { lacksReading, letRead } from "./reading-rights.ts";
import { quoteName, type ServerPlace, ServerSession, withSession } from "./server-session.ts";
import { findDatabase } from "./tame-copy.ts";

/**
 * Who runs people's SQL on a hosted cluster. `write`: a member of the role that owns their database, and nothing more. `read`: nobody's
 * member, who may read its tables. A transaction that reads only is not enough for that: in it the owner's role ends the sessions of
 * its applications, and removes large objects (before PostgreSQL 16).
 */
const ROLES = { write: "lastgood_sql", read: "lastgood_read" } as const;
export type SqlAs = keyof typeof ROLES;
const KIND = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 40 VALID UNTIL 'infinity'";
const ITERATIONS = 4096;

/**
 * The way for people's SQL into hosted clusters. Never the superuser's connection with another role put on: whoever may run SQL takes
 * that off again. The password is this process's own; nobody else knows it, and the server only sees what proves it.
 */
export class SqlRoles {
  readonly #password = randomBytes(24).toString("hex");
  readonly #places = new Map<string, Promise<ServerPlace>>();

  /** A connection for people's SQL, and for what of ours runs what people made. Throws `not_supported`, pg's own errors. */
  async open(
    databaseId: string,
    access: ClusterConnection,
    names: "ours" | "theirs",
    as: SqlAs = "write",
  ): Promise<ServerSession> {
    const key = `${databaseId} ${as}`;
    const known = this.#places.get(key);
    if (known) {
      try {
        const session = await ServerSession.open(await known, names);
        if (as === "write" || !(await lacksReading(session))) return session;
        await session.close();
      } catch (error) {
        // After a restore the role may be one of another time, or not be there at all.
        if (!(error instanceof pg.DatabaseError)) throw error;
        this.#places.delete(key);
      }
    }
    const made = as === "write" ? this.#make(access) : this.#makeReader(access);
    this.#places.set(key, made);
    try {
      return await ServerSession.open(await made, names);
    } catch (error) {
      this.#places.delete(key);
      throw error;
    }
  }

  forget(databaseId: string): void {
    for (const as of Object.keys(ROLES)) this.#places.delete(`${databaseId} ${as}`);
  }

  /** The role that reads, with what it needs now and what will be made. */
  async #makeReader(access: ClusterConnection): Promise<ServerPlace> {
    const role = ROLES.read;
    const { database, owner } = await withSession(access, async (session) => {
      const database = await findDatabase(session, "app");
      const isThere = await session.value("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [role]);
      await session.run(
        `${isThere === null ? "CREATE" : "ALTER"} ROLE ${role} ${KIND} BYPASSRLS PASSWORD '${scramVerifier(this.#password)}'`,
      );
      return { database, owner: await ownerOf(session, database) };
    });
    await withSession({ ...access, database }, (session) => letRead(session, { role, database, owner }));
    return { ...access, user: role, password: this.#password, database };
  }

  async #make(access: ClusterConnection): Promise<ServerPlace> {
    const role = ROLES.write;
    return withSession(access, async (session) => {
      const database = await findDatabase(session, "app");
      const owner = await ownerOf(session, database);
      const isThere = await session.value("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [role]);
      await session.run(
        `${isThere === null ? "CREATE" : "ALTER"} ROLE ${role} ${KIND} NOBYPASSRLS PASSWORD '${scramVerifier(this.#password)}';
         GRANT ${quoteName(owner)} TO ${role}; ALTER ROLE ${role} SET role = ${quoteName(owner)}`,
      );
      return { ...access, user: role, password: this.#password, database };
    });
  }
}

/** The role whose rights people's SQL has. Never one with a superuser's. Throws `not_supported`. */
async function ownerOf(session: ServerSession, database: string): Promise<string> {
  const owner = await session.value(
    `SELECT r.rolname FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_database d ON d.datdba = r.oid AND d.datname = $1
     WHERE NOT r.rolsuper AND NOT r.rolreplication AND NOT r.rolcreaterole AND r.rolname !~ '^(pg_|lastgood)' AND (d.oid IS NOT NULL OR r.rolname = 'app')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles p WHERE (p.rolsuper OR (p.rolname ~ '^pg_' AND p.rolname <> 'pg_database_owner')) AND pg_catalog.pg_has_role(r.oid, p.oid, 'member'))
     ORDER BY d.oid IS NULL LIMIT 1`,
    [database],
  );
  if (owner !== null) return owner;
  throw new LastgoodError(
    "not_supported",
    "This cluster has no role without a superuser's rights that SQL could run as.",
    {
      hint: "Make a role named app, give it the tables, and try again.",
    },
  );
}

/** What PostgreSQL keeps of a password (RFC 5803), so that the password itself is in no statement that a server could log. */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const keyOf = (name: string) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString("base64")}$${stored}:${keyOf("Server Key").toString("base64")}`;
}
