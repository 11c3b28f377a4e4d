import { rmSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { RestoreCheck } from "../../../domain/restore-check.ts";
import type { ImageFacts, ProtectedDatabase, Run } from "../../engine.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { requirePrograms } from "../programs/find-programs.ts";
import { makeClusterFolder, makeSocketFolder } from "../recovery/cluster-folder.ts";
import { connectRestored } from "../recovery/prove-reached.ts";
import { removeRecovery, settleState } from "../recovery/recover-state.ts";
import { RecoveredProcess } from "../recovery/recovered-process.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";
import { copySettings } from "../recovery/recovery-settings.ts";
import { cleanSettings, writeSettings } from "../recovery/write-settings.ts";
import { notHere } from "../restore/attached-copies.ts";
import { type ArchivedState, takeArchivedState, unpackArchive } from "./state-archive.ts";

export type OpenedArchive = { server: RecoveredServer; state: ArchivedState };

/**
 * Unpacks the archive of a backup into `work/<id>/data` of a cluster's places and starts the state in it, as something that will serve.
 * What an earlier try left there is removed first. Throws `storage_damaged`, `storage_full`, `restore_failed`, `not_supported`.
 */
export async function openArchive(
  context: PostgresContext,
  into: ProtectedDatabase,
  { id, image }: { id: string; image: Pick<ImageFacts, "bookmark" | "timeMs"> & { file: string } },
  run: Run,
): Promise<OpenedArchive> {
  const { root, work } = context.places(into);
  const folder = path.join(work, id);
  await removeRecovery(folder);
  const directory = path.join(folder, "data");
  const socketDirectory = makeSocketFolder();
  let server: RecoveredProcess | null = null;
  const remove = async () => {
    await server?.end("QUIT");
    for (const one of [socketDirectory, folder]) rmSync(one, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const startedMs = performance.now();
    makeClusterFolder(root, directory);
    await unpackArchive(image.file, directory, run.signal);
    const state = takeArchivedState(directory);
    if (!state.isHosted && context.attachedCopies === "off") throw notHere("the server that this backup is of");
    const programs = requirePrograms(context.programsFolder, state.serverVersion);
    cleanSettings(directory, "lasting");
    writeSettings(folder, directory);
    // It was stopped cleanly at its commit: there is nothing to recover.
    rmSync(path.join(directory, "recovery.signal"), { force: true });
    const extractedMs = performance.now();
    run.signal.throwIfAborted();
    const process = new RecoveredProcess(
      programs,
      directory,
      copySettings({ settings: folder, socket: socketDirectory }, "lasting"),
    );
    server = process;
    await process.ready.catch((error: unknown) => {
      throw notStarted(process.log, error);
    });
    const address = { directory, socketDirectory, port: 5432, superuser: state.superuser };
    const forkLsn = await proveCluster(address, state);
    const checks: RestoreCheck[] = [];
    const opened: RecoveredServer = {
      ...address,
      ...{ bookmark: image.bookmark, timeMs: image.timeMs, timeline: state.timeline, forkLsn, checks },
      timings: { extract: extractedMs - startedMs, recover: performance.now() - extractedMs },
      isRunning: () => !process.isOver,
      stop: async () => {
        await process.end("INT");
        rmSync(socketDirectory, { recursive: true, force: true, maxRetries: 5 });
        if (!process.log.includes("database system is shut down")) throw notStarted(process.log, null);
        checks.push(await settleState(programs, directory, run));
      },
      discard: remove,
    };
    return { server: opened, state };
  } catch (error) {
    await remove();
    run.signal.throwIfAborted();
    throw error;
  }
}

/** It is the cluster that the archive says, and not a crashed one: answers where its log stands. */
async function proveCluster(
  address: Parameters<typeof connectRestored>[0],
  { systemIdentifier, timeline }: ArchivedState,
): Promise<string> {
  const client = await connectRestored(address);
  try {
    const { rows } = await client.query<{ system: string; segment: string; lsn: string }>(
      `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, pg_walfile_name(pg_current_wal_lsn()) AS segment,
              pg_current_wal_lsn()::text AS lsn`,
    );
    const [row] = rows;
    if (row?.system === systemIdentifier && Number.parseInt(row.segment.slice(0, 8), 16) === timeline) return row.lsn;
    throw notStarted("it is another cluster than its backup says", null);
  } finally {
    await client.end();
  }
}

function notStarted(log: string, cause: unknown): LastgoodError {
  const last =
    log.split("\n").findLast((line) => /\b(FATAL|PANIC|ERROR):/.test(line)) ?? log.trim().split("\n").at(-1) ?? "";
  return new LastgoodError(
    "restore_failed",
    `PostgreSQL does not run on the backup's state: ${last.replace(/^.*?(FATAL|PANIC|ERROR): */, "") || "it ended without a word"}`,
    { hint: "Nothing was changed. Use another backup.", outcome: "nothing" },
    { cause },
  );
}
