import { LastgoodError } from "../../../domain/errors.ts";
import type { CheckFound } from "../../run-check.ts";
import type { ServerSession } from "../look/server-session.ts";
import { pipeCopy } from "./copy-stream.ts";
import { type Contents, copySql, sumRows } from "./table-rows.ts";

export type Sides = { copy: ServerSession; live: ServerSession };
type Report = (bytes: number) => void;

/** Puts the rows of the past into tables that were just made. */
export async function carryRows({ copy, live }: Sides, contents: Contents, report: Report): Promise<void> {
  const encoding = (await copy.value("SELECT getdatabaseencoding()")) ?? "UTF8";
  for (const rows of contents.rows) {
    const sql = copySql(rows, encoding);
    await pipeCopy({ session: copy, sql: sql.out }, { session: live, sql: sql.in }, report);
  }
}

/** Compares all rows of both sides. Throws `restore_failed` where one differs. */
export async function compareRows({ copy, live }: Sides, { compared }: Contents): Promise<CheckFound> {
  for (const one of compared) {
    const [then, now] = await Promise.all([sumRows(copy, one), sumRows(live, one)]);
    if (then !== now) throw differs(one.name);
  }
  return {
    read: { count: compared.length, unit: "relation" },
    text: "Each row was compared with that moment before it was committed, and is the same.",
  };
}

/** What counting sequences have given last. */
export async function carrySequences({ copy, live }: Sides): Promise<void> {
  const rows = await copy.rows(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  for (const [name] of rows) {
    const [last] = await copy.rows(`SELECT last_value, is_called FROM ${name}`);
    await live.rows("SELECT setval($1::regclass, $2::int8, $3::bool)", [name ?? "", ...(last ?? [])]);
  }
}

const OBJECT_BYTES = 512 * 1024;

/** Large objects, under the numbers that tables know them by. */
export async function carryLargeObjects({ copy, live }: Sides, report: Report): Promise<void> {
  await live.rows("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
  const objects = await copy.rows(
    `SELECT oid, quote_ident(pg_get_userbyid(lomowner)), obj_description(oid, 'pg_largeobject') FROM pg_largeobject_metadata ORDER BY oid`,
  );
  for (const [oid, owner, comment] of objects) {
    const number = oid ?? "0";
    await live.rows("SELECT lo_create($1::oid)", [number]);
    for (let at = 0; ; at += OBJECT_BYTES) {
      const piece = await copy.value(`SELECT lo_get($1::oid, $2::int8, ${OBJECT_BYTES})`, [number, String(at)]);
      if (piece === null || piece.length <= 2) break;
      await live.rows("SELECT lo_put($1::oid, $2::int8, $3::bytea)", [number, String(at), piece]);
      const [then, now] = [copy, live].map((one) =>
        one.value(`SELECT md5(lo_get($1::oid, $2::int8, ${OBJECT_BYTES}))`, [number, String(at)]),
      );
      if ((await then) !== (await now)) throw differs(`the large object ${number}`);
      report(piece.length / 2);
    }
    const grants = await copy.rows(
      `SELECT a.privilege_type, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, a.is_grantable
       FROM pg_largeobject_metadata m, aclexplode(m.lomacl) a WHERE m.oid = $1::oid AND a.grantee <> m.lomowner`,
      [number],
    );
    if (comment != null) await live.run(`COMMENT ON LARGE OBJECT ${number} IS ${literal(comment)}`);
    for (const [right, grantee, isGrantable] of grants)
      await live.run(
        `GRANT ${right} ON LARGE OBJECT ${number} TO ${grantee}${isGrantable === "t" ? " WITH GRANT OPTION" : ""}`,
      );
    await live.run(`ALTER LARGE OBJECT ${number} OWNER TO ${owner}`);
  }
}

/** Rows that extensions let people keep in tables of theirs. Those that are the same already are not touched. */
export async function carryExtensionRows({ copy, live }: Sides): Promise<void> {
  const tables = await copy.rows(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), t.condition, (
       SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
     FROM pg_extension e, ROWS FROM (unnest(e.extconfig), unnest(e.extcondition)) t(oid, condition)
     JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'`,
  );
  for (const [name, condition, columns] of tables) {
    const from = `ONLY ${name} ${condition ?? ""}`;
    const sum = `SELECT md5(COALESCE(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), '')) FROM (SELECT format('%s', ROW(${columns})) AS line FROM ${from}) l`;
    const then = await copy.value(sum);
    if (then === (await live.value(sum))) continue;
    await live.run(`LOCK TABLE ONLY ${name} IN SHARE ROW EXCLUSIVE MODE`);
    await live.run(`DELETE FROM ${from}`);
    await pipeCopy(
      { session: copy, sql: `COPY (SELECT ${columns} FROM ${from}) TO STDOUT` },
      { session: live, sql: `COPY ${name} (${columns}) FROM STDIN` },
      () => undefined,
    );
    if (then !== (await live.value(sum))) throw differs(name ?? "");
  }
}

const literal = (text: string) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

function differs(what: string): LastgoodError {
  return new LastgoodError("restore_failed", `Not everything arrived as it was: ${what} differs.`, {
    hint: "Nothing was changed. Restore the moment to a new database, and look what the server makes of it.",
    outcome: "nothing",
  });
}
