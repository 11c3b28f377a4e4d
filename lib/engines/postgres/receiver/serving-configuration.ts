import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ClusterPlaces } from "../cluster.ts";
import { clusterUser } from "../programs/cluster-user.ts";
import { MOST_PREPARED } from "../recovery/recovery-settings.ts";

/**
 * How a hosted cluster serves. It stands beside the data directory, not in it: a base backup does not carry it along, and a state
 * that is swapped in serves as the one before did.
 */
const SETTINGS = `# Written by Lastgood. What people set goes into custom.conf beside this file.
shared_buffers = 64MB
max_connections = 100
# A restored state may hold transactions that were prepared: without room for them no server starts on it.
max_prepared_transactions = ${MOST_PREPARED}
dynamic_shared_memory_type = posix
max_wal_size = 1GB
min_wal_size = 80MB
datestyle = 'iso, mdy'
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = stderr
logging_collector = off
log_line_prefix = '%m [%p] '
log_checkpoints = off
# Statements of applications, and with them what they hold, are theirs.
log_min_messages = log
log_min_error_statement = panic
log_statement = none
password_encryption = 'scram-sha-256'
include_if_exists = 'custom.conf'
`;

/** Beats whatever stands above it, or in a data directory that came from elsewhere. */
const KEPT = `wal_level = replica
fsync = on
full_page_writes = on
max_wal_senders = 10
max_replication_slots = 10
max_slot_wal_keep_size = 4GB
archive_mode = off
`;

const HBA = `# Written by Lastgood: with a password, from this machine.
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
host replication lastgood 127.0.0.1/32 scram-sha-256
host replication lastgood ::1/128 scram-sha-256
`;

/** Files that the cluster's user alone may read. */
export function writeForCluster(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  const user = clusterUser();
  if (user) chownSync(file, user.uid, user.gid);
}

/** A folder of the cluster's user, who can get there: what leads to it may be passed, and not be listed. */
export function makeClusterFolder(folder: string): void {
  const user = clusterUser();
  if (user) makeTraversable(path.dirname(folder));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user) chownSync(folder, user.uid, user.gid);
}

/** Made so that other users can pass through, not look around, whatever the umask is; what was there stays as it is. */
function makeTraversable(folder: string): void {
  const umask = process.umask(0o066);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  } finally {
    process.umask(umask);
  }
}

const fileIn = (places: ClusterPlaces) => (name: string) => path.join(places.root, name);

/**
 * Writes what a cluster is started with.
 * @param synchronous the application name that commits wait for; null: they wait for nobody
 * @param logLimitBytes how much log it keeps at most, whoever still has to receive it; null: as much as always
 */
export function writeServingConfiguration(
  places: ClusterPlaces,
  synchronous: string | null,
  logLimitBytes: number | null = null,
): void {
  const at = fileIn(places);
  const names = synchronous === null ? "" : `"${synchronous}"`;
  const room = roomForPrepared(places);
  writeForCluster(
    at("serving.conf"),
    `${SETTINGS}${KEPT}${limitOf(logLimitBytes)}${room}synchronous_standby_names = '${names}'\n`,
  );
  writeForCluster(at("pg_hba.conf"), HBA);
  writeForCluster(at("pg_ident.conf"), "");
}

/** Smaller than two segments nothing of it may be. */
function limitOf(bytes: number | null): string {
  if (bytes === null) return "";
  const mb = (most: number) => Math.max(32, Math.floor(Math.min(bytes, most) / 1024 ** 2));
  const lines = [`max_slot_wal_keep_size = ${mb(4 * 1024 ** 3)}MB`, `max_wal_size = ${mb(1024 ** 3)}MB`];
  return `${[...lines, "min_wal_size = 32MB"].join("\n")}\n`;
}

/** Where the state that is to serve holds more prepared transactions than people have set: as many as there are. */
function roomForPrepared(places: ClusterPlaces): string {
  const custom = fileIn(places)("custom.conf");
  const lines = existsSync(custom) ? readFileSync(custom, "utf8").split("\n") : [];
  const set = lines.flatMap((line) => /^\s*max_prepared_transactions\s*[=\s]\s*'?(\d+)/i.exec(line)?.[1] ?? []).at(-1);
  const needed = preparedIn(places.live);
  return needed > Number(set ?? MOST_PREPARED) ? `max_prepared_transactions = ${needed}\n` : "";
}

/** How many prepared transactions a stopped data directory holds. */
export function preparedIn(directory: string): number {
  const folder = path.join(directory, "pg_twophase");
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** On the command line, since that beats every file: what makes the connection string of a cluster stay the same. */
export function servingArguments(places: ClusterPlaces, port: number): string[] {
  const at = fileIn(places);
  const settings = {
    config_file: at("serving.conf"),
    hba_file: at("pg_hba.conf"),
    ident_file: at("pg_ident.conf"),
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    primary_conninfo: "",
    restore_command: "",
  };
  return ["-D", places.live, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/** What `ALTER SYSTEM` left in a data directory that came from elsewhere would beat our own settings. */
export function clearAlteredSettings(directory: string): void {
  const file = path.join(directory, "postgresql.auto.conf");
  if (existsSync(file) && readFileSync(file, "utf8").replace(/^#.*$/gm, "").trim() === "") return;
  writeForCluster(file, "# Lastgood keeps the settings of this cluster beside its data directory.\n");
}

export function serverLog(places: ClusterPlaces): string {
  return fileIn(places)("server.log");
}

/** The end of what a server said, for people who ask why it does not run. */
export function lastWords(places: ClusterPlaces, sinceBytes = 0): string {
  const file = serverLog(places);
  if (!existsSync(file)) return "";
  const text = readFileSync(file)
    .subarray(Math.min(sinceBytes, statSync(file).size))
    .toString("utf8");
  const lines = text.trim().split("\n");
  return (lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? "").replace(/^.*?(FATAL|PANIC): +/, "");
}
