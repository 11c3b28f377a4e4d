import { randomBytes } from "node:crypto";
import path from "node:path";
import {
  type AssertionResult,
  type DrillAssertion,
  type DrillCheck,
  type DrillFindings,
  hasPassed,
  judgeAssertion,
  type TableCount,
} from "../../../domain/drill.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { RestoreCheck } from "../../../domain/restore-check.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { DrillOrder, EngineDrills } from "../../engine-drills.ts";
import { preferredDatabase } from "../look/cluster-access.ts";
import { runStatements } from "../look/run-statements.ts";
import { quoteName, ServerSession, withSession } from "../look/server-session.ts";
import { type Copy, openCopy } from "../look/tame-copy.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { checkIndexes } from "../recovery/check-state.ts";
import { removeRecovery } from "../recovery/recover-state.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";
import { claimCopy } from "../restore/claim-copy.ts";

const ASSERTION_LIMITS = { questionMs: 5 * 60_000, rows: 10_000, resultBytes: 4 * 1024 * 1024 };
const STEPS = 4;

/** Tables that hold rows of their own, each with its schema. */
const TABLES = `SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND n.nspname !~ '^(pg_|information_schema$)' ORDER BY 1, 2`;

/**
 * A moment restored as one that would serve (synced, its base compared with the manifest), looked through by amcheck, counted, asked, stopped
 * cleanly and each page's checksum read.
 */
export class ClusterDrills implements EngineDrills {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;

  constructor(context: PostgresContext, recoveries: Recoveries) {
    this.#context = context;
    this.#recoveries = recoveries;
  }

  async drill(db: ProtectedDatabase, { id, at, assertions }: DrillOrder, run: Run): Promise<DrillFindings> {
    const startedMs = performance.now();
    const order = { id: nameOf(id), purpose: "lasting", stage: "write" } as const;
    const server = await this.#recoveries.recover(db, at, order, run);
    const recoveryMs = Math.round(performance.now() - startedMs);
    try {
      const findings = await this.#look(db, server, assertions, run);
      const { bookmark, timeMs } = server;
      const told = { bookmark, timeMs, recoveryMs, ...findings };
      if (!hasPassed(told)) return { ...told, evidence: server.directory };
      await server.discard();
      return { ...told, evidence: null };
    } catch (error) {
      await server.discard();
      run.signal.throwIfAborted();
      throw error;
    }
  }

  async clear(db: ProtectedDatabase, id: string): Promise<void> {
    await removeRecovery(path.join(this.#context.places(db).work, nameOf(id)));
  }

  async #look(
    db: ProtectedDatabase,
    server: RecoveredServer,
    assertions: readonly DrillAssertion[],
    run: Run,
  ): Promise<Pick<DrillFindings, "checks" | "tables" | "assertions" | "sizeBytes">> {
    run.progress("check", 0, STEPS);
    // Looking through indexes calls what their owners made: of a foreign server as somebody who is nobody here.
    if (db.origin === "attached") await claimCopy(server, randomBytes(24).toString("hex"));
    const indexes = await checked("indexes", async () => {
      const { isSkipped = false, text } = await checkIndexes(server);
      return { check: "indexes", outcome: isSkipped ? "skipped" : "passed", text };
    });
    run.progress("check", 1, STEPS);
    run.signal.throwIfAborted();
    const copy = await openCopy(server, preferredDatabase(this.#context, db));
    const { tables, sizeBytes } = await count(copy, run.signal);
    run.progress("check", 2, STEPS);
    const asked: AssertionResult[] = [];
    for (const assertion of assertions) asked.push(await ask(copy, assertion, run.signal));
    run.progress("check", 3, STEPS);
    const stopped = await checked("pages", async () => {
      await server.stop();
      return null;
    });
    run.progress("check", STEPS, STEPS);
    const checks = [...server.checks.map(toCheck), indexes, stopped].filter((check) => check !== null);
    return { checks, tables, assertions: asked, sizeBytes };
  }
}

/** A folder name of its own among the recoveries of a cluster. */
const nameOf = (id: string) => `drill-${id}`;

const toCheck = ({ check, outcome, text }: RestoreCheck): DrillCheck => ({ check, outcome, text });

/** What a check found, also where it found damage. */
async function checked(check: string, work: () => Promise<DrillCheck | null>): Promise<DrillCheck | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "cancelled") throw error;
    return { check, outcome: "failed", text: error.message };
  }
}

async function count(copy: Copy, signal: AbortSignal): Promise<{ tables: TableCount[]; sizeBytes: number }> {
  return withSession(
    copy.compare,
    async (session) => {
      const tables: TableCount[] = [];
      for (const [schema, name] of await session.rows(TABLES)) {
        const full = `${quoteName(String(schema))}.${quoteName(String(name))}`;
        const rows = await session.value(`SELECT pg_catalog.count(*) FROM ONLY ${full}`);
        tables.push({ name: schema === "public" ? String(name) : `${schema}.${name}`, rows: Number(rows) });
      }
      const size = await session.value(
        "SELECT pg_catalog.sum(pg_catalog.pg_database_size(oid)) FROM pg_catalog.pg_database",
      );
      return { tables, sizeBytes: Number(size) };
    },
    signal,
  );
}

async function ask(copy: Copy, { name, sql }: DrillAssertion, signal: AbortSignal): Promise<AssertionResult> {
  const session = await ServerSession.open(copy.view, "theirs");
  const cut = () => session.cut();
  signal.addEventListener("abort", cut, { once: true });
  try {
    const results = await runStatements(session, { sql, params: [], kind: "view" }, ASSERTION_LIMITS);
    const [row] = results.at(-1)?.results ?? [];
    return judgeAssertion(name, row && Object.values(row));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LastgoodError)) throw error;
    return { name, holds: false, found: error.message };
  } finally {
    signal.removeEventListener("abort", cut);
    await session.close();
  }
}
