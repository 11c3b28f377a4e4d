import type { ServerSession } from "../look/server-session.ts";
import { type OwnedObject, readOwnedObjects } from "./owned-objects.ts";

/** Who transfers into a server, and what of it is in the way; each way out is one sentence. */
export type Obstacle = { what: string; remedy: string };
export type Standing = { role: string; isSuperuser: boolean; database: string };

const MOST_NAMED = 5;
/** What only a superuser can make. https://www.postgresql.org/docs/current/sql-createopclass.html and those of the others */
const SUPERUSERS_OWN = ["operator class", "operator family", "text search parser", "text search template"];

export async function readStanding(session: ServerSession): Promise<Standing> {
  const [row] = await session.rows("SELECT current_user, current_setting('is_superuser'), current_database()");
  const [role, superuser, database] = row ?? [];
  return { role: role ?? "", isSuperuser: superuser === "on", database: database ?? "" };
}

/**
 * What keeps a role from replacing everything in the database that it is connected to. Cheap: asks catalogs alone.
 * @param locks how many locks the server has for one transaction is enough for replacing everything
 */
export async function findObstacles(session: ServerSession): Promise<Obstacle[]> {
  const standing = await readStanding(session);
  const objects = await readOwnedObjects(session);
  const found: Obstacle[] = [];
  if (standing.isSuperuser) found.push(...(await codeOfOthers(session)));
  else {
    found.push(...(await notItsOwn(session, standing, objects)));
    found.push(...(await onlySuperusers(session, objects)));
  }
  found.push(...(await tooFewLocks(session)));
  return found;
}

/**
 * What of a state of the past cannot be made on a server: roles that are gone, or that its role may not act for, and what only a superuser makes.
 * @param copy a superuser's session on the recovered state
 */
export async function findMisfits(copy: ServerSession, live: ServerSession): Promise<Obstacle[]> {
  const standing = await readStanding(live);
  const objects = await readOwnedObjects(copy);
  const named = await copy.rows(
    `SELECT DISTINCT pg_get_userbyid(s.refobjid) FROM pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype IN ('o', 'a', 'r')
       AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const roles = new Set([...named.map(([role]) => role ?? ""), ...objects.flatMap(({ owner }) => owner ?? [])]);
  const there = await live.rows("SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)", [[...roles]]);
  const gone = [...roles].filter((role) => !there.some(([name]) => name === role));
  const found: Obstacle[] = gone.map((role) => ({
    what: `The role ${role}, which had rights at that moment, is not there any more.`,
    remedy: `CREATE ROLE ${ident(role)};`,
  }));
  if (standing.isSuperuser) found.push(...(await codeOfOthers(copy, live)));
  else {
    found.push(
      ...(await notItsOwn(
        live,
        standing,
        objects.filter(({ owner }) => !gone.includes(owner ?? "")),
      )),
    );
    found.push(...(await onlySuperusers(copy, objects)));
    found.push(...(await foreignExtensions(copy, live)));
  }
  return found;
}

/** Who drops and makes in somebody's name has to be a member of that role. */
async function notItsOwn(
  session: ServerSession,
  { role, database }: Standing,
  objects: readonly OwnedObject[],
): Promise<Obstacle[]> {
  const owners = [...new Set(objects.flatMap(({ owner }) => owner ?? []))];
  const rows = await session.rows(
    "SELECT rolname, quote_ident(rolname), rolsuper FROM pg_roles WHERE rolname = ANY ($1) AND NOT pg_has_role(current_user, oid, 'USAGE') ORDER BY 1",
    [owners],
  );
  const found: Obstacle[] = rows.map(([owner, sql, isSuperuser]) => ({
    what: `${role} may not replace what belongs to ${owner}: ${namesOf(objects.filter((one) => one.owner === owner))}.`,
    remedy:
      isSuperuser === "t"
        ? `REASSIGN OWNED BY ${sql} TO …; with the role that its applications use, before that moment comes into question.`
        : `GRANT ${sql} TO ${ident(role)};`,
  }));
  const schemas = await session.rows(
    `SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname = ANY ($1) AND NOT has_schema_privilege(oid, 'CREATE')`,
    [[...new Set(objects.flatMap(({ schema }) => schema ?? []))]],
  );
  for (const [schema] of schemas) {
    found.push({
      what: `${role} may make nothing in the schema ${schema}.`,
      remedy: `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${ident(role)};`,
    });
  }
  const mayMake = await session.value("SELECT has_database_privilege(current_database(), 'CREATE')");
  if (mayMake !== "t" && objects.some(({ kind }) => kind === "schema")) {
    found.push({
      what: `${role} may make no schemas in ${database}.`,
      remedy: `GRANT CREATE ON DATABASE ${ident(database)} TO ${ident(role)};`,
    });
  }
  return found;
}

/** @param session of the state that holds these objects */
async function onlySuperusers(session: ServerSession, objects: readonly OwnedObject[]): Promise<Obstacle[]> {
  const rows = await session.rows(
    `SELECT 'event trigger ' || quote_ident(evtname) FROM pg_event_trigger t
       WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'e')
     UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
       WHERE p.oid = ANY ($1::oid[]) AND p.prokind <> 'a' AND ((NOT l.lanpltrusted AND l.lanname <> 'sql') OR p.proleakproof)
     UNION ALL SELECT 'type ' || t.oid::regtype FROM pg_type t WHERE t.oid = ANY ($1::oid[]) AND t.typtype = 'b'`,
    [objects.map(({ oid }) => oid)],
  );
  const own = objects.filter(({ kind }) => SUPERUSERS_OWN.includes(kind)).map(({ kind, name }) => `${kind} ${name}`);
  const all = [...rows.map(([one]) => one ?? ""), ...own];
  if (all.length === 0) return [];
  return [
    {
      what: `Only a superuser can make ${all.slice(0, MOST_NAMED).join(", ")}${all.length > MOST_NAMED ? ", …" : ""}.`,
      remedy: "Restore the moment to a new database, or attach the server with a superuser.",
    },
  ];
}

/** Extensions that were there and are not now can be made where PostgreSQL trusts them. */
async function foreignExtensions(copy: ServerSession, live: ServerSession): Promise<Obstacle[]> {
  const then = (await copy.rows("SELECT extname FROM pg_extension")).map(([name]) => name ?? "");
  const rows = await live.rows(
    `SELECT wanted, bool_or(v.trusted) FROM unnest($1::text[]) wanted LEFT JOIN pg_available_extension_versions v ON v.name = wanted
     WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = wanted) GROUP BY 1 HAVING bool_or(v.trusted) IS NOT TRUE`,
    [then],
  );
  return rows.map(([name]) => ({
    what: `The extension ${name} was there at that moment and is not now.`,
    remedy: `CREATE EXTENSION ${ident(name ?? "")};`,
  }));
}

/**
 * Functions of people that run while rows are written: in checks, in columns that are computed, in what says which part a row is of.
 * They would run with a superuser's rights. Indexes and materialized views are made with their owners' rights by PostgreSQL itself.
 * @param live where it is asked who is a superuser; the same session where left out
 */
async function codeOfOthers(session: ServerSession, live = session): Promise<Obstacle[]> {
  const rows = await session.rows(
    `SELECT DISTINCT p.oid::regprocedure, pg_get_userbyid(p.proowner) FROM pg_proc p
     WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
       AND (EXISTS (SELECT FROM pg_depend d LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
              LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
              LEFT JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
            WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
              AND (d.classid = 'pg_constraint'::regclass OR c.relkind = 'p' OR a.attgenerated <> ''))
         OR EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid)
         OR EXISTS (SELECT FROM pg_range r WHERE p.oid IN (r.rngcanonical, r.rngsubdiff)))`,
  );
  const superusers = (await live.rows("SELECT rolname FROM pg_roles WHERE rolsuper")).map(([name]) => name);
  const others = rows.filter(([, owner]) => !superusers.includes(owner ?? null));
  if (others.length === 0) return [];
  const names = others.slice(0, MOST_NAMED).map(([name, owner]) => `${name} of ${owner}`);
  return [
    {
      what: `The server was attached with a superuser, and functions of others run while rows are written: ${names.join(", ")}.`,
      remedy: "Attach it with a role that has REPLICATION and is a member of the roles that own the tables.",
    },
  ];
}

/** Everything that is there and everything that comes is locked until the transaction ends. */
async function tooFewLocks(session: ServerSession): Promise<Obstacle[]> {
  const [row] = await session.rows(
    `SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p', 'i', 'I', 't', 'S', 'm', 'v')) * 2,
       current_setting('max_locks_per_transaction')::int8
         * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8)`,
  );
  const [needed = 0, most = 0] = (row ?? []).map(Number);
  if (needed <= most) return [];
  const share = Math.ceil(needed / Math.max(1, most));
  return [
    {
      what: `Replacing everything takes about ${needed} locks at once, and the server has room for ${most}.`,
      remedy: `Raise max_locks_per_transaction ${share}-fold and restart the server.`,
    },
  ];
}

const namesOf = (objects: readonly OwnedObject[]) =>
  objects
    .slice(0, MOST_NAMED)
    .map(({ name }) => name)
    .join(", ") + (objects.length > MOST_NAMED ? ` and ${objects.length - MOST_NAMED} more` : "");

const ident = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
