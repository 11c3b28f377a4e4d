import type { ServerSession } from "../look/server-session.ts";

/**
 * Beyond what every session of ours sets: amounts of money are written and read in one way, rows are seen whoever's policy says
 * what, and nothing of the role's or the database's own settings shapes what is made.
 */
const EXACT =
  "SET lc_monetary = 'C'; SET xmlbinary = 'base64'; SET xmloption = 'content'; SET row_security = off; " +
  "SET check_function_bodies = off; SET default_tablespace = ''; SET default_table_access_method = 'heap'; " +
  "SET session_replication_role = DEFAULT";

/** One side waits for the other, and both for long. What not every version has is set where it is there. */
const PATIENT =
  "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')";

/** Makes what two servers read and write mean the same. `session_replication_role` is a superuser's to set. */
export async function makeExact(session: ServerSession, isSuperuser: boolean): Promise<void> {
  await session.run(isSuperuser ? EXACT : EXACT.replace("; SET session_replication_role = DEFAULT", ""));
  await session.rows(PATIENT);
}
