import type { ServerSession } from "../look/server-session.ts";

/**
 * Rights on PostgreSQL's own objects and on those of extensions, and what is said of extensions, stay on the server as they are: in the
 * copy they are put back to what they were made with, so that its definitions tell nothing of them. The copy is thrown away.
 */
const ofExtension = (catalog: string) =>
  `EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = o.oid AND d.deptype = 'e')`;
const initial = (catalog: string, column: string) =>
  `UPDATE ${catalog} o SET ${column} = (SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = '${catalog}'::regclass AND i.objoid = o.oid AND i.objsubid = 0)
   WHERE ${column} IS NOT NULL AND (o.oid < 16384 OR ${ofExtension(catalog)})`;

const PREPARE = [
  initial("pg_proc", "proacl"),
  initial("pg_class", "relacl"),
  initial("pg_type", "typacl"),
  initial("pg_language", "lanacl"),
  `UPDATE pg_attribute a SET attacl = NULL FROM pg_class o WHERE a.attrelid = o.oid AND attacl IS NOT NULL AND (o.oid < 16384 OR ${ofExtension("pg_class")})`,
  "UPDATE pg_foreign_server SET srvacl = NULL WHERE srvacl IS NOT NULL",
  "UPDATE pg_foreign_data_wrapper SET fdwacl = NULL WHERE fdwacl IS NOT NULL",
  "DELETE FROM pg_description WHERE classoid IN ('pg_extension'::regclass, 'pg_foreign_server'::regclass, 'pg_foreign_data_wrapper'::regclass, 'pg_language'::regclass)",
];

/** @param session a superuser's, on a copy that nobody else uses and that is thrown away */
export async function prepareCopy(session: ServerSession): Promise<void> {
  await session.run(`BEGIN; ${PREPARE.join("; ")}; COMMIT`);
}
