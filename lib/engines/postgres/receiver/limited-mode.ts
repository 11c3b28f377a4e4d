import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ClusterPlaces } from "../cluster.ts";
import { beginHistory } from "./begin-incarnation.ts";
import { applyZeroLoss } from "./follow-zero-loss.ts";
import { keepServing, type LastDone, measureIfDue } from "./look-after.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { slotName } from "./replication-slot.ts";
import { writeForCluster } from "./serving-configuration.ts";

/** Says of a hosted cluster that it was made where nothing of it could be kept: beside its data directory. */
const markOf = ({ root }: Pick<ClusterPlaces, "root">) => path.join(root, "unprotected");

export function markUnprotected(places: ClusterPlaces): void {
  writeForCluster(markOf(places), "Made without PostgreSQL's client programs: no history was begun.\n");
}

export const isMarkedUnprotected = (places: Pick<ClusterPlaces, "root">) => existsSync(markOf(places));

/**
 * What people are told where only the server's programs are there. Log could be received without the others; it could neither be
 * verified nor looked into, and no restore could be proven.
 */
export function nothingKept(major: number | null): LastgoodError {
  const version = major === null ? "" : ` ${major}`;
  return new LastgoodError(
    "not_protected",
    `Nothing of this cluster is kept: this machine has the server of PostgreSQL${version}, and not the client programs that a history is made with.`,
    {
      hint: `Install the distribution's server and client packages of PostgreSQL${version}, or let LASTGOOD_POSTGRES name the folder with all of its programs. It is protected from then on by itself; until then, keep copies of your own.`,
    },
  );
}

/** One look at a hosted cluster of which nothing can be kept: it serves, and no commit waits for anybody. */
export async function serveUnprotected(cluster: ReceivedCluster, last: LastDone): Promise<void> {
  const { zeroLoss, registered, sampler } = cluster;
  if (!cluster.isHosted) throw nothingKept(cluster.history()?.serverVersion ?? null);
  zeroLoss.want(registered.zeroLoss);
  zeroLoss.lift("Nobody receives the log of this cluster.");
  if (zeroLoss.state !== cluster.appliedZeroLoss) await applyZeroLoss(cluster, null);
  await cluster.letGoOfLog();
  await keepServing(cluster);
  const access = cluster.access();
  cluster.sample = await sampler.sample(access, slotName(registered.id, 1));
  cluster.isWell();
  await measureIfDue(cluster, await sampler.session(access), last);
}

/** Begins the history of a cluster that was made without one, now that all programs are there. False: it is not such a cluster. */
export async function beginLate(cluster: ReceivedCluster): Promise<boolean> {
  if (!cluster.isHosted || !isMarkedUnprotected(cluster.places)) return false;
  await keepServing(cluster);
  const session = await cluster.sampler.session(cluster.access());
  await beginHistory(cluster, session, { restoreId: null, origin: null });
  rmSync(markOf(cluster.places), { force: true });
  cluster.log.info("a cluster that was not protected is protected from now on");
  return true;
}
