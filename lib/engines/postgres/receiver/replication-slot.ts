import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "./open-session.ts";

/** One slot as PostgreSQL sees it; null where there is none of that name. */
export type SlotState = {
  active: boolean;
  activePid: number | null;
  walStatus: "reserved" | "extended" | "unreserved" | "lost" | null;
  safeBytes: number | null;
  restartLsn: string | null;
};

type Row = {
  active: boolean;
  active_pid: number | null;
  wal_status: string | null;
  safe_wal_size: string | null;
  restart_lsn: string | null;
};

const FREE_WITHIN_MS = 5000;

export function slotName(databaseId: string, incarnation: number): string {
  return `lastgood_${databaseId.toLowerCase().replace(/[^a-z0-9]/g, "_")}_${incarnation}`.slice(0, 63);
}

/** What the server shows our receiver as, whichever incarnation. */
export function receiverName(databaseId: string): string {
  return `lastgood_${databaseId.toLowerCase().replace(/[^a-z0-9]/g, "_")}`.slice(0, 63);
}

export async function readSlot(session: Session, name: string): Promise<SlotState | null> {
  const { rows } = await session.query<Row>(
    "SELECT active, active_pid, wal_status, safe_wal_size, restart_lsn FROM pg_replication_slots WHERE slot_name = $1",
    [name],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    active: row.active,
    activePid: row.active_pid,
    walStatus: row.wal_status as SlotState["walStatus"],
    safeBytes: row.safe_wal_size === null ? null : Math.max(0, Number(row.safe_wal_size)),
    restartLsn: row.restart_lsn,
  };
}

/**
 * Makes a physical slot that reserves the log from the last checkpoint's beginning on, and answers that position. One of that name
 * that is there already is left as it is.
 */
export async function makeSlot(session: Session, name: string): Promise<string> {
  const found = await readSlot(session, name);
  if (found?.restartLsn) return found.restartLsn;
  const { rows } = await session.query<{ lsn: string }>(
    "SELECT lsn FROM pg_create_physical_replication_slot($1, true)",
    [name],
  );
  return rows[0]?.lsn ?? "";
}

/**
 * Makes a slot for log that another slot of ours holds already, from where that one holds it: the server may have come to a
 * checkpoint since it began to serve. Without another one it is made as `makeSlot` does. For servers that are ours alone.
 */
export async function makeSlotLikeOurs(session: Session, name: string): Promise<void> {
  if ((await readSlot(session, name))?.restartLsn) return;
  const { rows } = await session.query<{ name: string }>(
    `SELECT slot_name AS name FROM pg_replication_slots
     WHERE slot_name ~ '^lastgood_' AND slot_name <> $1 AND slot_type = 'physical'
       AND restart_lsn IS NOT NULL AND wal_status <> 'lost'
     ORDER BY restart_lsn LIMIT 1`,
    [name],
  );
  const kept = rows[0]?.name;
  if (kept === undefined) await makeSlot(session, name);
  else await session.query("SELECT pg_copy_physical_replication_slot($1, $2)", [kept, name]);
}

/** Takes a slot back from whoever streams from it: a receiver that was ours before a crash ends then. */
export async function freeSlot(session: Session, name: string): Promise<void> {
  for (const untilMs = performance.now() + FREE_WITHIN_MS; performance.now() < untilMs; await sleep(20)) {
    const slot = await readSlot(session, name);
    if (!slot?.active) return;
    if (slot.activePid !== null) await session.query("SELECT pg_terminate_backend($1)", [slot.activePid]);
  }
}

export async function dropSlot(session: Session, name: string): Promise<void> {
  if (!(await readSlot(session, name))) return;
  await freeSlot(session, name);
  await session.query("SELECT pg_drop_replication_slot($1)", [name]);
}
