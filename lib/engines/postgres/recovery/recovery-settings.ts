import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { RecoveryPlan } from "./recovery-plan.ts";

/** Every setting of a server that recovers, in its order. They go onto the command line: there they beat what the directory brings. */
export type ServerSettings = readonly (readonly [name: string, value: string])[];

/**
 * Asks whoever recovers for a file by name over descriptor 3 and hears over descriptor 4 whether it lies ready; "broken" ends
 * recovery (above 125), anything else says that there is none. The server's user cannot enter the history, and so only what belongs to
 * this branch, and was verified, ever reaches it. https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-RESTORE-COMMAND
 */
export const RESTORE_COMMAND =
  'echo %f >&3 && read answer <&4 && case "$answer" in have) mv ../log/%f %p;; broken) exit 126;; *) exit 1;; esac';

/**
 * Where recovery ends: never a time, always a commit's own record. An empty position would silently mean "the latest",
 * a position before the base's end or a timeline by name another state than the wanted one. Throws `internal` for such a plan.
 */
export function targetSettings(plan: RecoveryPlan): ServerSettings {
  const { target, timeline, base } = plan;
  if (!Number.isSafeInteger(timeline) || timeline < 1) throw impossible(`timeline ${timeline}`);
  const stop = parseLsn(base.stopLsn);
  if (stop === null) throw impossible(`a base that ends at "${base.stopLsn}"`);
  const common = [
    ["recovery_target_timeline", String(timeline)],
    ["recovery_target_inclusive", "on"],
    ["recovery_target_action", "promote"],
  ] as const;
  if (target === "immediate") return [["recovery_target", "immediate"], ...common];
  const lsn = parseLsn(target.lsn);
  if (lsn === null) throw impossible(`the position "${target.lsn}"`);
  if (lsn < stop) throw impossible(`the position ${target.lsn} before the base's end at ${base.stopLsn}`);
  return [["recovery_target_lsn", target.lsn], ...common];
}

function impossible(what: string): LastgoodError {
  return new LastgoodError("internal", `No state can be restored from ${what}.`, {
    hint: "Choose another moment, and tell who operates this Lastgood.",
  });
}

export type ServerFolders = {
  /** With `postgresql.conf`, `pg_hba.conf` and `pg_ident.conf` of our own. */
  settings: string;
  socket: string;
};

/** How many prepared transactions there is room for in every server of ours, unless its original had room for more. */
export const MOST_PREPARED = 400;

/** Settings by which a restored copy touches nothing of whatever its original touches. */
export function copySettings(folders: ServerFolders, purpose: "throwaway" | "lasting"): ServerSettings {
  const mine = (name: string) => `${folders.settings}/${name}`;
  return [
    ["config_file", mine("postgresql.conf")],
    ["hba_file", mine("pg_hba.conf")],
    ["ident_file", mine("pg_ident.conf")],
    ["external_pid_file", ""],
    ["listen_addresses", ""],
    ["port", "5432"],
    ["unix_socket_directories", folders.socket],
    ["unix_socket_permissions", "0700"],
    ["ssl", "off"],
    ["archive_mode", "off"],
    ["archive_cleanup_command", ""],
    ["recovery_end_command", ""],
    ["synchronous_standby_names", ""],
    ["primary_conninfo", ""],
    ["primary_slot_name", ""],
    ["max_logical_replication_workers", "0"],
    ["shared_preload_libraries", ""],
    ["session_preload_libraries", ""],
    ["local_preload_libraries", ""],
    ["hot_standby", "off"],
    ["logging_collector", "off"],
    ["log_destination", "stderr"],
    ["log_min_messages", "warning"],
    ["lc_messages", "C"],
    ["restart_after_crash", "off"],
    ["jit", "off"],
    ["autovacuum", "off"],
    ["max_connections", "40"],
    ["max_prepared_transactions", String(MOST_PREPARED)],
    ...(purpose === "throwaway" ? THROWAWAY : LASTING),
  ];
}

/** Ended and removed after use: nothing of it waits for the disk. */
const THROWAWAY: ServerSettings = [
  ["fsync", "off"],
  ["full_page_writes", "off"],
  ["synchronous_commit", "off"],
  ["wal_level", "minimal"],
  ["max_wal_senders", "0"],
];

/**
 * What will serve. No log from the fork on may go before the next incarnation has received it. It waits for no disk either: nobody has
 * anything of it yet, and all of it is made durable at once when it is stopped (`syncState`), before it may serve.
 */
const LASTING: ServerSettings = [
  ["fsync", "off"],
  ["full_page_writes", "on"],
  ["wal_level", "replica"],
  ["max_wal_senders", "10"],
  ["max_replication_slots", "10"],
  ["max_slot_wal_keep_size", "-1"],
  ["wal_keep_size", "1GB"],
];
