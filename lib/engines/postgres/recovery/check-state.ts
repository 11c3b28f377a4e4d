import { LastgoodError } from "../../../domain/errors.ts";
import type { Run } from "../../engine.ts";
import { type CheckFound, runCheck } from "../../run-check.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { runProgram } from "../programs/run-program.ts";
import { connectRestored, type ServerSocket } from "./prove-reached.ts";

const COUNT = new Intl.NumberFormat("en-US");

/** Reads every page of a cleanly stopped data directory and compares its checksum. Throws `restore_failed` with the first bad one. */
export async function checkPages(
  programs: PostgresPrograms,
  directory: string,
  signal: AbortSignal,
): Promise<CheckFound> {
  if (programs.mode === "limited") return skipped("pg_checksums is not on this machine");
  const { code, output, complaints } = await runProgram({
    ...{ programs, name: "pg_checksums", args: ["--check", "--pgdata", directory], signal },
    asClusterUser: true,
    okCodes: [0, 1],
  });
  if (code === 0) {
    const count = Number(/Blocks scanned: +(\d+)/.exec(output)?.[1] ?? 0);
    return { read: { count, unit: "page" }, text: `The checksums of all ${COUNT.format(count)} pages are right.` };
  }
  if (complaints.includes("not enabled")) return skipped("this cluster has no page checksums");
  throw new LastgoodError("restore_failed", `The restored state has damaged pages: ${firstLine(complaints)}`, {
    hint: "Nothing was changed. Choose an earlier moment, from before the damage.",
  });
}

/**
 * Has every index and table of every database looked through (amcheck), and leaves nothing of that behind. Minutes for a large
 * cluster, so only where it is asked for. It runs the code of the tables' owners, as them: a state that others' superusers made is
 * claimed first. Throws `restore_failed` naming the first that is broken.
 */
export async function checkIndexes(server: ServerSocket): Promise<CheckFound> {
  const names = await ask(server, "template1", "SELECT datname AS name FROM pg_database WHERE datallowconn ORDER BY 1");
  let count = 0;
  for (const name of names) {
    const checked = await checkDatabase(server, name);
    if (checked === null) return skipped("the extension amcheck is not on this machine");
    count += checked;
  }
  return {
    read: { count, unit: "relation" },
    text: `All ${COUNT.format(count)} tables and indexes hold together (amcheck).`,
  };
}

/** The same, where it was asked for. */
export async function checkIndexesIfAsked(server: ServerSocket, run: Run): Promise<void> {
  if (run.checks?.indexes) await runCheck(run, "indexes", () => checkIndexes(server));
}

/** How many were checked; null where the extension cannot be had. */
async function checkDatabase(server: ServerSocket, database: string): Promise<number | null> {
  const client = await connectRestored(server, database);
  try {
    const available = await client.query("SELECT FROM pg_available_extensions WHERE name = 'amcheck'");
    if (available.rowCount === 0) return null;
    // Nothing is committed: the extension goes as it came.
    await client.query(
      "BEGIN; CREATE SCHEMA lastgood_check; CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA lastgood_check",
    );
    const [{ schema = "" } = {}] = (
      await client.query<{ schema: string }>(
        "SELECT quote_ident(nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'amcheck'",
      )
    ).rows;
    const { rows } = await client.query<{ name: string; damage: string | null }>(
      `SELECT c.oid::regclass::text AS name, (SELECT min(msg) FROM ${schema}.verify_heapam(c.oid)) AS damage
       FROM pg_class c WHERE relkind IN ('r', 'm', 't') AND relpersistence = 'p' AND relam = (SELECT oid FROM pg_am WHERE amname = 'heap')`,
    );
    const bad = rows.find(({ damage }) => damage !== null);
    if (bad) throw new Error(`${bad.name}: ${bad.damage}`);
    const indexes = await client.query(
      `SELECT ${schema}.bt_index_check(c.oid, true) FROM pg_class c JOIN pg_index i ON indexrelid = c.oid
       WHERE relkind = 'i' AND relpersistence = 'p' AND indisvalid AND relam = (SELECT oid FROM pg_am WHERE amname = 'btree')`,
    );
    await client.query("ROLLBACK");
    return rows.length + (indexes.rowCount ?? 0);
  } catch (error) {
    throw new LastgoodError(
      "restore_failed",
      `The restored state is damaged in ${database}: ${error instanceof Error ? error.message : String(error)}`,
      { hint: "Nothing was changed. Choose an earlier moment, from before the damage." },
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

async function ask(server: ServerSocket, database: string, statement: string): Promise<string[]> {
  const client = await connectRestored(server, database);
  try {
    return (await client.query<{ name: string }>(statement)).rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

const skipped = (why: string): CheckFound => ({ isSkipped: true, read: null, text: `Not checked, since ${why}.` });

const firstLine = (text: string) =>
  (text.trim().split("\n")[0] ?? "").replace(/^pg_\w+: (error|warning): /, "").replace(/\.?$/, ".");
