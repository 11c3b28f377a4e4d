import { Client } from "pg";
import { LastgoodError } from "../../../domain/errors.ts";
import { RESTORE_PREFIX } from "../history/flush-message.ts";
import { runProgram } from "../programs/run-program.ts";
import { readControlData } from "./control-data.ts";
import { OWN_SETTINGS } from "./open-session.ts";
import type { NewestCommit, SwapHands } from "./swap-hands.ts";

const COMMIT = /, lsn: ([0-9A-F]+\/[0-9A-F]+), .*desc: COMMIT (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+) UTC/;

/**
 * Commits a message that names the restore: the first commit of what serves now. Answers once it was received and is in the index.
 * Doing it again is harmless.
 */
export async function writeFirstCommit(hands: SwapHands, restoreId: string): Promise<NewestCommit> {
  const { host, port, user, password, database } = hands.access();
  const client = new Client({
    ...{ host, port, user, password, database },
    options: OWN_SETTINGS,
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    const ask = async (sql: string, values: string[] = []): Promise<string> => {
      const { rows } = await client.query<{ it: string }>(sql, values);
      return rows[0]?.it ?? "";
    };
    const from = await ask("SELECT pg_current_wal_insert_lsn()::text AS it");
    await client.query("BEGIN");
    const xid = await ask("SELECT pg_current_xact_id()::xid::text AS it");
    await ask("SELECT pg_logical_emit_message(true, $1, $2)::text AS it", [RESTORE_PREFIX, restoreId]);
    await client.query("COMMIT");
    const upto = await ask("SELECT pg_current_wal_flush_lsn()::text AS it");
    const commit = await findCommit(hands, { from, upto, xid });
    await hands.receivedUpTo(upto);
    return commit;
  } finally {
    await client.end();
  }
}

/** In the server's own log, since another commit may lie between the message and its commit's record. */
async function findCommit(
  { programs, places }: SwapHands,
  { from, upto, xid }: { from: string; upto: string; xid: string },
): Promise<NewestCommit> {
  const { timeline } = await readControlData(programs, places.live);
  const { output } = await runProgram({
    programs,
    name: "pg_waldump",
    args: [
      ...["-p", `${places.live}/pg_wal`, "-t", String(timeline)],
      ...["-s", from, "-e", upto, "-r", "Transaction", "-x", xid],
    ],
  });
  const [, lsn, day, time] = output.split("\n").flatMap((line) => COMMIT.exec(line) ?? []);
  if (lsn !== undefined) return { lsn, timeMs: Date.parse(`${day}T${time?.slice(0, 12)}Z`) };
  throw new LastgoodError("internal", "The restore's own commit is not in the log.");
}
