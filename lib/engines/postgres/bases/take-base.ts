import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { syncDirectory, UNFINISHED, writeFileDurably } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { runProgram } from "../programs/run-program.ts";
import { withSession } from "../receiver/open-session.ts";
import { BASE_RECORD, type BaseRecord, type KeptBase, MANIFEST } from "./base-record.ts";
import { readManifest } from "./read-manifest.ts";
import { sumFile } from "./sum-file.ts";

export type BaseOrder = {
  access: ClusterConnection;
  programs: PostgresPrograms;
  /** Of the incarnation that serves, see `incarnationFolders`. */
  folders: { bases: string };
  incarnation: number;
  label: string;
  /** Who compresses: an attached server may not know how to. `server` when left out. */
  compress?: "server" | "client";
};

/**
 * Takes a base backup of a running server and answers once it counts: whole, synced and written down. One at a time for a
 * cluster: what a former try left unfinished is removed first. A cut-off, a cancellation and a crash leave nothing that counts.
 * Throws the signal's reason once aborted, `not_supported` for a cluster with tablespaces, `storage_full`, `internal`.
 */
export async function takeBase(order: BaseOrder, signal?: AbortSignal): Promise<KeptBase> {
  const { bases } = order.folders;
  mkdirSync(bases, { recursive: true, mode: 0o700 });
  removeUnfinished(bases);
  const taking = path.join(bases, `taking${UNFINISHED}`);
  try {
    const { serverVersion, pageChecksums, clockMs: startedAtMs } = await askServer(order.access);
    await runBackup(order, taking, signal);
    const { clockMs: stoppedAtMs } = await askServer(order.access);
    const manifest = readManifest(path.join(taking, MANIFEST));
    const files: BaseRecord["files"] = [];
    for (const name of readdirSync(taking).sort()) {
      files.push({ name, ...(await sumFile(path.join(taking, name), signal)) });
    }
    signal?.throwIfAborted();
    const { timeline, startLsn, stopLsn, clusterBytes } = manifest;
    const record: BaseRecord = {
      version: 1,
      label: order.label,
      incarnation: order.incarnation,
      timeline,
      startLsn,
      stopLsn,
      startedAtMs,
      stoppedAtMs,
      serverVersion,
      files,
      clusterBytes,
      pageChecksums,
    };
    return keep(record, taking, path.join(bases, folderName(stopLsn)));
  } catch (error) {
    removeUnfinished(bases);
    signal?.throwIfAborted();
    throw explainFileError(error, "The base backup failed", "internal");
  }
}

/** Gives it its name, and only then writes down that it is there: until that it is nobody's. */
function keep(record: BaseRecord, taking: string, directory: string): KeptBase {
  syncDirectory(taking);
  reachPoint("base.taken");
  renameSync(taking, directory);
  syncDirectory(path.dirname(directory));
  reachPoint("base.named");
  writeFileDurably(path.join(directory, BASE_RECORD), Buffer.from(JSON.stringify(record, null, 1)));
  return { ...record, directory };
}

async function runBackup(order: BaseOrder, directory: string, signal: AbortSignal | undefined): Promise<void> {
  await runProgram({
    programs: order.programs,
    name: "pg_basebackup",
    args: [
      ...["--pgdata", directory, "--format=tar", "--wal-method=stream", "--checkpoint=fast", "--no-password"],
      ...[`--compress=${order.compress ?? "server"}-zstd:1`, "--manifest-checksums=SHA256", `--label=${order.label}`],
    ],
    access: order.access,
    ...(signal ? { signal } : null),
  });
}

/** Its major version, its clock, and whether its pages have checksums. A tablespace lies outside of the data directory, where no copy of ours could be put. */
function askServer(
  access: ClusterConnection,
): Promise<{ serverVersion: number; clockMs: number; pageChecksums: boolean }> {
  return withSession(access, async (session) => {
    const { rows } = await session.query<{ version: number; clock: string; elsewhere: number; checksums: boolean }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version,
              current_setting('data_checksums')::bool AS checksums,
              floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS clock,
              (SELECT count(*)::int FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')) AS elsewhere`,
    );
    const [row] = rows;
    if (row?.elsewhere === 0)
      return { serverVersion: row.version, clockMs: Number(row.clock), pageChecksums: row.checksums };
    throw new LastgoodError("not_supported", "The cluster has tablespaces outside of its data directory.", {
      hint: "Move what lies in them to pg_default (ALTER TABLE … SET TABLESPACE), drop them, and try again.",
    });
  });
}

/** What has no record is unfinished, however far it came. */
function removeUnfinished(bases: string): void {
  for (const name of readdirSync(bases)) {
    const directory = path.join(bases, name);
    if (!existsSync(path.join(directory, BASE_RECORD))) rmSync(directory, { recursive: true, force: true });
  }
}

const folderName = (lsn: string) => (parseLsn(lsn) ?? 0n).toString(16).toUpperCase().padStart(16, "0");
