import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { LastgoodError } from "../domain/errors.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { Env } from "../env.ts";
import { findDisplacement } from "../services/agents/find-displacement.ts";
import { noteAlive } from "../services/agents/note-alive.ts";
import { queuePruning } from "../services/agents/queue-pruning.ts";
import { queuePurges } from "../services/agents/queue-purges.ts";
import { decideAlarms } from "../services/alarms/decide-alarms.ts";
import { callHeartbeat, forgetHeartbeat, noteHeartbeat } from "../services/alarms/heartbeat.ts";
import type { AuditKey } from "../services/audit/audit-key.ts";
import { forgetFailedBackups } from "../services/backups/forget-failed-backups.ts";
import { listSealedBackups } from "../services/backups/list-sealed-backups.ts";
import { listBackedUpDatabases, pruneBackups } from "../services/backups/prune-backups.ts";
import { queueBackupPurges } from "../services/backups/purge-backup.ts";
import { agentContext, type CallContext } from "../services/call-context.ts";
import { applyNextWindows } from "../services/databases/apply-next-windows.ts";
import { listOldEvidence, noteEvidenceGone } from "../services/drills/carry-out.ts";
import { decideDrills } from "../services/drills/decide-drills.ts";
import { queueErasures } from "../services/erasure/carry-out.ts";
import { forgetStop, listToldStops, tellStopped } from "../services/events/capture-stops.ts";
import { purgeNamespaces } from "../services/namespaces/purge-namespaces.ts";
import { expirePreviews } from "../services/previews/expire-previews.ts";
import { decideRuns } from "../services/schedules/decide-runs.ts";
import { AlarmRounds } from "./alarm-rounds.ts";
import { AnchorRounds } from "./anchor-rounds.ts";
import { BackupRounds } from "./backup-rounds.ts";
import type { BackupStores } from "./backup-stores.ts";
import type { BudgetRounds } from "./budget-rounds.ts";
import { CaptureWatch } from "./capture-watch.ts";
import { CopyRounds } from "./copy-rounds.ts";
import { DeletionRounds } from "./deletion-rounds.ts";
import { DisplacementRounds } from "./displacement-rounds.ts";
import { DrillRounds } from "./drill-rounds.ts";
import type { FetchedCopies } from "./fetched-copies.ts";
import { throwawayOf } from "./handlers/run-drill.ts";
import { HeartbeatRounds } from "./heartbeat-rounds.ts";
import { MarkRounds } from "./mark-rounds.ts";
import type { OpenCopies } from "./open-copies.ts";
import { openSecondCopies } from "./open-second-copies.ts";
import type { OwnedDatabases } from "./owned-databases.ts";
import { PreviewRounds } from "./preview-rounds.ts";
import { PruningRounds } from "./pruning-rounds.ts";
import { RepeatedLook } from "./repeated-look.ts";
import { ScheduleRounds } from "./schedule-rounds.ts";
import { SealRounds } from "./seal-rounds.ts";
import { SendingRounds } from "./sending-rounds.ts";
import type { StorageKeys } from "./storage-keys.ts";

/** Something that an agent does again and again, beside its jobs. Whoever stops it waits for what is under way where it says so. */
export type Rounds = { start(): void; stop(): void | Promise<void> };

/** The agent whose rounds they are, and what they work with. */
export type RoundsWorld = {
  agentId: string;
  epoch: number;
  holder: string;
  machineId: string;
  /** Another machine took this agent's place. */
  displaced(why: LastgoodError): void;
  env: Env;
  auditKey: AuditKey;
  engine: OwnedEngine;
  databases: OwnedDatabases;
  stores: BackupStores;
  copies: OpenCopies;
  storageKeys: StorageKeys;
  budget: BudgetRounds;
  fetchedCopies: FetchedCopies;
  /** Says that a job may be waiting. */
  wake(): void;
  log: Logger;
};

/** What was fetched for a restore and could not be removed at its end. */
const LEFTOVERS_EVERY_MS = 10 * 60_000;

/** Every kind of round of an agent, not started yet; `retention` is one of them that others may hasten. */
export function openRounds(world: RoundsWorld): { rounds: readonly Rounds[]; retention: BackupRounds } {
  const { agentId, env, auditKey, log } = world;
  const retention = openRetention(world);
  const rounds = [
    ...roundsOfDatabases(world),
    ...roundsOfRows(world),
    retention,
    world.budget,
    openSealing(world),
    new RepeatedLook(
      () => world.fetchedCopies.removeLeftovers(),
      { firstMs: LEFTOVERS_EVERY_MS, everyMs: LEFTOVERS_EVERY_MS },
      (error) => log.error({ err: error }, "what restores left could not be removed; it is tried again"),
    ),
    openDrills(world),
    ...openAlarms(world),
    new SendingRounds({ agentId, holder: world.holder, mail: env.mail, log }),
    new AnchorRounds({ file: env.paths.auditAnchors, key: auditKey, log }),
    new CopyRounds(env, log),
    openSecondCopies(world),
    new DisplacementRounds({
      find: () => findDisplacement({ agentId, epoch: world.epoch }, world.machineId),
      displaced: world.displaced,
      log,
    }),
  ];
  return { rounds, retention };
}

const clocks = { nowMs: () => Date.now(), steadyMs: () => performance.now() };
/** Each look is a call of its own in the audit log. */
const contextOf = ({ agentId }: RoundsWorld, what: string): CallContext =>
  agentContext(agentId, `${what}-${randomUUID()}`);

/** What looks at the databases themselves, their histories and capture. */
function roundsOfDatabases({ agentId, engine, databases: owned, budget, wake, log }: RoundsWorld): Rounds[] {
  const databases = () => owned.toCapture();
  return [
    new PruningRounds({
      databases,
      isDue: (db, keepFromMs) => engine.isPruningDue(db, keepFromMs),
      queue: async (databaseId) => {
        const isQueued = await queuePruning(agentId, databaseId);
        if (isQueued) wake();
        return isQueued;
      },
      log,
      ...clocks,
    }),
    new MarkRounds({
      databases,
      readAhead: async (db) => (budget.isShort ? undefined : engine.readAheadMarks(db)),
      log,
    }),
    new CaptureWatch({
      databases,
      status: (db) => engine.status(db),
      toldStops: () => listToldStops(agentId),
      tellStopped,
      forgetStop,
      log,
      ...clocks,
    }),
  ];
}

/** What time alone makes due: the ends of grace periods and previews, and schedules. */
function roundsOfRows(world: RoundsWorld): Rounds[] {
  const { agentId, epoch, wake, log } = world;
  return [
    new DeletionRounds({
      applyWindows: () => applyNextWindows(contextOf(world, "windows"), agentId),
      queuePurges: (limit) => queuePurges(agentId, limit),
      queueErasures: () => queueErasures(agentId),
      queueBackupPurges: (limit) => queueBackupPurges(agentId, limit),
      purgeNamespaces: () => purgeNamespaces(contextOf(world, "namespaces")),
      wake,
      log,
      ...clocks,
    }),
    new PreviewRounds({ expire: () => expirePreviews(contextOf(world, "previews"), agentId), wake, log, ...clocks }),
    new ScheduleRounds({
      decide: (nowMs) => decideRuns(contextOf(world, "schedules"), { agentId, epoch }, nowMs),
      wake,
      log,
      ...clocks,
    }),
  ];
}

function openAlarms(world: RoundsWorld): Rounds[] {
  const { agentId, epoch, engine, databases, env, log } = world;
  const agent = { agentId, epoch };
  const alarms = new AlarmRounds({
    databases: () => databases.toCapture(),
    engine,
    noteAlive: () => noteAlive(agent),
    decide: (seen, nowMs) => decideAlarms(contextOf(world, "alarms"), agent, { nowMs, seen }),
    log,
    ...clocks,
  });
  const { heartbeatUrl: url } = env;
  if (url === null) return [alarms, { start: () => void forgetHeartbeat(agentId).catch(() => undefined), stop() {} }];
  const heartbeat = new HeartbeatRounds({
    lastWholeLook: () => alarms.lastWholeLook(),
    call: () => callHeartbeat(url),
    note: (beat) => noteHeartbeat(agentId, beat),
    log,
    ...clocks,
  });
  return [alarms, heartbeat];
}

function openDrills(world: RoundsWorld): DrillRounds {
  const { agentId, epoch, engine, databases, wake, log } = world;
  return new DrillRounds({
    decide: (nowMs) => decideDrills(contextOf(world, "drills"), { agentId, epoch }, nowMs),
    oldEvidence: () => listOldEvidence(agentId),
    async removeEvidence({ id, databaseId, aims }) {
      const db = await databases.get(databaseId);
      for (const aim of aims) await engine.drills.clear(db, throwawayOf(id, aim));
      await noteEvidenceGone(id);
    },
    wake,
    log,
    ...clocks,
  });
}

function openRetention(world: RoundsWorld): BackupRounds {
  const { agentId, wake, log } = world;
  return new BackupRounds({
    databases: () => listBackedUpDatabases(agentId),
    forgetFailed: () => forgetFailedBackups(agentId),
    prune: (databaseId) => pruneBackups(contextOf(world, "retention"), databaseId),
    wake,
    log,
    ...clocks,
  });
}

function openSealing({ agentId, env, storageKeys, stores, log }: RoundsWorld): SealRounds {
  return new SealRounds({
    directory: env.paths.backups,
    keys: storageKeys,
    sealedBackups: () => listSealedBackups(agentId),
    storageOf: (place) => stores.sealedStorageOf(place),
    renewals: stores.renewals,
    log,
  });
}
