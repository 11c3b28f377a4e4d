import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { LastgoodError } from "../../../domain/errors.ts";
import { type ServerPlace, ServerSession } from "../look/server-session.ts";

/** Everybody who comes meanwhile waits behind us: so not for long. */
const WAIT_MS = 3_000;
const LOOK_EVERY_MS = 100;
const LOCK_NOT_AVAILABLE = "55P03";
const DEADLOCK = "40P01";
/** "lastgood", in ASCII: the one transfer into a database at a time. */
const ONE_TRANSFER = "7809650172625907556";
const MOST_NAMED = 3;

const TABLES = `SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY c.oid`;

/**
 * Locks every table of a database for its transaction, so that nobody reads or writes one any more and nothing can be committed to them.
 * Throws `restore_conflict` naming who has one of them where they are not to be had soon.
 * @param place where a second connection asks who is in the way
 */
export async function lockTables(session: ServerSession, place: ServerPlace): Promise<void> {
  const pid = (await session.value("SELECT pg_backend_pid()")) ?? "0";
  const watching = watch(place, pid);
  try {
    await session.run(`SET LOCAL lock_timeout = ${WAIT_MS}; SELECT pg_advisory_xact_lock(${ONE_TRANSFER})`);
    const locked = new Set<string>();
    for (;;) {
      const fresh = (await session.rows(TABLES)).filter(([oid]) => !locked.has(oid ?? ""));
      if (fresh.length === 0) break;
      await session.run(`LOCK TABLE ONLY ${fresh.map(([, name]) => name).join(", ONLY ")} IN ACCESS EXCLUSIVE MODE`);
      for (const [oid] of fresh) locked.add(oid ?? "");
    }
    // What comes now waits for nobody but for work of its own.
    await session.run("SET LOCAL lock_timeout = '30s'");
  } catch (error) {
    const isLock = error instanceof pg.DatabaseError && [LOCK_NOT_AVAILABLE, DEADLOCK].includes(error.code ?? "");
    if (isLock) throw isLocked(watching.seen());
    throw error;
  } finally {
    watching.end();
  }
}

/** Who is in the way of a session, as it was seen last. */
function watch(place: ServerPlace, pid: string): { seen(): string[]; end(): void } {
  let names: string[] = [];
  const ending = new AbortController();
  const look = async () => {
    const session = await ServerSession.open(place);
    try {
      while (!ending.signal.aborted) {
        const rows = await session.rows(
          `SELECT b.pid, a.usename, a.application_name FROM unnest(pg_blocking_pids($1::int4)) b(pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid`,
          [pid],
        );
        if (rows.length > 0) names = rows.map(describe);
        await sleep(LOOK_EVERY_MS, undefined, { signal: ending.signal });
      }
    } finally {
      session.cut();
    }
  };
  // That nobody can be named is no reason to fail.
  look().catch(() => undefined);
  return { seen: () => names, end: () => ending.abort() };
}

function describe([pid, role, program]: readonly (string | null)[]): string {
  if (pid === "0") return "a prepared transaction";
  const by = program ? `, ${program}` : "";
  return `process ${pid}${role ? ` of ${role}` : ""}${by}`;
}

function isLocked(names: readonly string[]): LastgoodError {
  const whose = names.length === 0 ? "Somebody else" : names.slice(0, MOST_NAMED).join(" and ");
  const has = names.length > 1 ? "have" : "has";
  return new LastgoodError(
    "restore_conflict",
    `${whose[0]?.toUpperCase()}${whose.slice(1)} ${has} a table of it in use for longer than ${WAIT_MS / 1000} seconds.`,
    {
      hint: "Nothing was changed. Wait until that transaction has ended, or end it with pg_terminate_backend, and restore again.",
      retryAfterSeconds: 5,
      outcome: "nothing",
    },
  );
}
