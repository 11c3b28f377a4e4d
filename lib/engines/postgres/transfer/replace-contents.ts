import pg from "pg";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { Run } from "../../engine.ts";
import { runCheck } from "../../run-check.ts";
import { RESTORE_PREFIX } from "../history/flush-message.ts";
import { compareSchemas, readSchema } from "../look/schema-entries.ts";
import type { ServerSession } from "../look/server-session.ts";
import {
  carryExtensionRows,
  carryLargeObjects,
  carryRows,
  carrySequences,
  compareRows,
  type Sides,
} from "./carry-over.ts";
import type { Definitions } from "./definitions.ts";
import { type OwnedObject, readKeptSchemas, readOwnedObjects, removalSql } from "./owned-objects.ts";
import { readContents } from "./table-rows.ts";

const FIRST_WORDS = 80;

/**
 * Replaces everything that people made in a database by what a recovered state has, within the transaction that is open on it and after
 * its tables were locked; and compares what is there then with that state. Committing is left to the caller; whatever is thrown, the
 * transaction must be rolled back.
 */
export async function replaceContents(
  sides: Sides,
  {
    definitions,
    restoreId,
    run,
  }: { definitions: Definitions; restoreId: string; run: Pick<Run, "signal" | "checks" | "note"> },
  report: (bytes: number) => void,
): Promise<void> {
  const { copy, live } = sides;
  await removeContents(live);
  reachPoint("transfer.removed");
  await runAll(live, definitions.before);
  reachPoint("transfer.defined");
  const contents = await readContents(copy);
  await carryRows(sides, contents, report);
  // Before anything can hide a row.
  await runCheck(run, "content", () => compareRows(sides, contents));
  await carryLargeObjects(sides, report);
  await carryExtensionRows(sides);
  reachPoint("transfer.carried");
  await runAll(live, definitions.after);
  await carrySequences(sides);
  await requireSame(sides);
  // The restore's own commit: whoever reads the log finds it by its name.
  await live.rows("SELECT pg_logical_emit_message(true, $1, $2)", [RESTORE_PREFIX, restoreId]);
  reachPoint("transfer.proven");
}

async function removeContents(live: ServerSession): Promise<void> {
  const kept = await readKeptSchemas(live);
  const names = kept.map(({ sql }) => sql);
  const extensions = () => live.rows("SELECT extname, extversion FROM pg_extension ORDER BY 1");
  const before = JSON.stringify(await extensions());
  await runAll(live, removalSql(await readOwnedObjects(live), names));
  const left = (await readOwnedObjects(live)).filter(({ kind, name }) => !(kind === "schema" && names.includes(name)));
  if (left.length > 0) throw unlike(`${left[0]?.kind} ${left[0]?.name} could not be removed`);
  if (JSON.stringify(await extensions()) !== before) throw unlike("an extension would go with what it needs");
  for (const { sql } of kept) await resetRights(live, sql);
}

/** A schema that stays has the rights that it is made with, before those of the past are given. */
async function resetRights(live: ServerSession, schema: string): Promise<void> {
  const grantees = await live.rows(
    `SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
     FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.oid = $1::regnamespace AND a.grantee <> n.nspowner AND a.grantor = n.nspowner
       AND pg_has_role(current_user, n.nspowner, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')`,
    [schema],
  );
  for (const [grantee] of grantees) await live.run(`REVOKE ALL ON SCHEMA ${schema} FROM ${grantee} CASCADE`);
  if (schema === "public" && grantees.length > 0) await live.run("GRANT USAGE ON SCHEMA public TO PUBLIC");
}

async function runAll(session: ServerSession, statements: readonly string[]): Promise<void> {
  for (const sql of statements) {
    try {
      // One statement and no more is taken, whatever a splitter has made of a text.
      await session.client.query({ text: sql, queryMode: "extended" } as pg.QueryConfig);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      const begin = sql.replace(/\s+/g, " ").slice(0, FIRST_WORDS);
      throw unlike(`PostgreSQL says: ${error.message} (at ${begin})`, error);
    }
  }
}

/** Definitions, and whose they are; rows were compared before, when no policy could hide one. */
async function requireSame({ copy, live }: Sides): Promise<void> {
  const [changed] = compareSchemas(await readSchema(copy), await readSchema(live));
  if (changed) throw unlike(`${changed.kind} ${changed.name} is not as it was`);
  const list = async (session: ServerSession) =>
    (await readOwnedObjects(session)).filter(isCompared).map(({ kind, name, owner }) => `${kind} ${name} of ${owner}`);
  const [then, now] = [new Set(await list(copy)), new Set(await list(live))];
  const [missing, more] = [[...then].find((one) => !now.has(one)), [...now].find((one) => !then.has(one))];
  if (missing !== undefined) throw unlike(`${missing} is missing`);
  if (more !== undefined) throw unlike(`${more} was not there`);
}

/** Schemas that extensions live in may be the server's present ones. */
const isCompared = ({ kind }: OwnedObject) => kind !== "schema";

function unlike(why: string, cause: unknown = null): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    `The contents could not be replaced: ${why.replace(/\.$/, "")}.`,
    {
      hint: "Nothing was changed. Restore the moment to a new database, or mend what is in the way and restore again.",
      outcome: "nothing",
    },
    { cause },
  );
}
