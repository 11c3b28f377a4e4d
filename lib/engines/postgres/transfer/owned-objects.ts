import type { ServerSession } from "../look/server-session.ts";

/** Something that people made in a database: neither PostgreSQL's own, nor an extension's, nor a part of something else. */
export type OwnedObject = {
  /** As PostgreSQL names its kind: "table", "function", "operator class", … */
  kind: string;
  /** As SQL names it, with its schema. */
  name: string;
  schema: string | null;
  /** Null where nobody owns such a thing, as a cast. */
  owner: string | null;
  oid: string;
};

/** PostgreSQL's own objects have numbers below this one; `public` is among them. */
const FIRST_OF_PEOPLE = 16_384;

/** What can be made in a database, beside what belongs to the server it runs on (languages, foreign servers). */
const OBJECTS = `
  SELECT 'pg_event_trigger'::regclass AS classid, oid, evtowner AS owner, NULL::oid AS nsp FROM pg_event_trigger
  UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner, oid FROM pg_namespace
  UNION ALL SELECT 'pg_class'::regclass, oid, relowner, relnamespace FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't'
  UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, pronamespace FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typnamespace FROM pg_type WHERE typisdefined
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner, oprnamespace FROM pg_operator WHERE oprcode <> 0
  UNION ALL SELECT 'pg_opclass'::regclass, oid, opcowner, opcnamespace FROM pg_opclass
  UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfowner, opfnamespace FROM pg_opfamily
  UNION ALL SELECT 'pg_collation'::regclass, oid, collowner, collnamespace FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner, connamespace FROM pg_conversion
  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner, cfgnamespace FROM pg_ts_config
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner, dictnamespace FROM pg_ts_dict
  UNION ALL SELECT 'pg_ts_parser'::regclass, oid, NULL, prsnamespace FROM pg_ts_parser
  UNION ALL SELECT 'pg_ts_template'::regclass, oid, NULL, tmplnamespace FROM pg_ts_template
  UNION ALL SELECT 'pg_cast'::regclass, oid, NULL, NULL FROM pg_cast
  UNION ALL SELECT 'pg_transform'::regclass, oid, NULL, NULL FROM pg_transform`;

/** A part of something else ('i'), as a table's row type or an identity's sequence, or of an extension ('e'). */
const OWNED = `SELECT one.type, one.identity, n.nspname, pg_get_userbyid(f.owner), f.oid
  FROM (${OBJECTS}) f LEFT JOIN pg_namespace n ON n.oid = f.nsp, LATERAL pg_identify_object(f.classid, f.oid, 0) one
  WHERE f.oid >= ${FIRST_OF_PEOPLE} AND (n.oid IS NULL OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = f.classid AND d.objid = f.oid AND d.objsubid = 0 AND d.deptype IN ('e', 'i'))
  ORDER BY f.classid <> 'pg_event_trigger'::regclass, f.classid <> 'pg_namespace'::regclass, f.oid`;

/** All of a database; what acts on its own first, then what the rest is made in. The session finds no names but PostgreSQL's own. */
export async function readOwnedObjects(session: ServerSession): Promise<OwnedObject[]> {
  const rows = await session.rows(OWNED);
  return rows.map(([kind, name, schema, owner, oid]) => ({
    kind: kind ?? "",
    name: name ?? "",
    schema: kind === "schema" ? null : (schema ?? null),
    owner: owner ?? null,
    oid: oid ?? "",
  }));
}

/** Schemas that stay, whatever is in them goes: `public`, and where extensions live, which stay too. */
export async function readKeptSchemas(session: ServerSession): Promise<{ name: string; sql: string }[]> {
  const rows = await session.rows(
    `SELECT nspname, quote_ident(nspname) FROM pg_namespace
     WHERE nspname !~ '^pg_' AND (nspname = 'public' OR oid IN (SELECT extnamespace FROM pg_extension)) ORDER BY 1`,
  );
  return rows.map(([name, sql]) => ({ name: name ?? "", sql: sql ?? "" }));
}

/**
 * SQL that removes these objects. Something may have gone with something else by the time its turn comes.
 * @param kept schemas that stay, as SQL names them
 */
export function removalSql(objects: readonly OwnedObject[], kept: readonly string[]): string[] {
  const isKept = ({ kind, name }: OwnedObject) => kind === "schema" && kept.includes(name);
  return objects
    .filter((one) => !isKept(one))
    .map(({ kind, name }) => `DROP ${wordOf(kind)} IF EXISTS ${name} CASCADE`);
}

const wordOf = (kind: string): string =>
  ["function", "procedure", "aggregate"].includes(kind) ? "ROUTINE" : kind.toUpperCase();
