import type { Sample } from "./cluster-sampler.ts";
import type { Session } from "./open-session.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { receiverName } from "./replication-slot.ts";

const REMOTE_APPLY =
  "Sessions ask for synchronous_commit=remote_apply, which no receiver can give: they would wait for ever. Set it to on.";

/** Has commits wait for the receiver, or not, as the switch and the look at the server say. */
export async function followZeroLoss(cluster: ReceivedCluster, session: Session, sample: Sample): Promise<void> {
  const { zeroLoss, registered, log } = cluster;
  zeroLoss.want(registered.zeroLoss, cluster.isHosted);
  zeroLoss.look(sample);
  if (zeroLoss.state === cluster.appliedZeroLoss) return;
  if (zeroLoss.state === "on") {
    const obstacle = await findObstacle(session, registered.id);
    if (obstacle) zeroLoss.refuse(obstacle);
  }
  await applyZeroLoss(cluster, session);
  if (zeroLoss.state === "lifted") log.warn({ cause: zeroLoss.cause }, "commits do not wait for the receiver");
}

/** Makes the server do what the switch says now. */
export async function applyZeroLoss(cluster: ReceivedCluster, session: Session | null): Promise<void> {
  const { zeroLoss, registered, appliedZeroLoss } = cluster;
  const name = zeroLoss.state === "on" ? receiverName(registered.id) : null;
  if (cluster.isHosted) cluster.serving().setSynchronous(name);
  // A server that never was made to wait is not touched.
  else if (session && (name !== null || appliedZeroLoss === "on" || registered.zeroLoss))
    await alter(session, name, registered.id);
  cluster.appliedZeroLoss = zeroLoss.state;
}

async function alter(session: Session, name: string | null, databaseId: string): Promise<void> {
  const ours = `"${receiverName(databaseId)}"`;
  const { rows } = await session.query<{ now: string }>("SELECT current_setting('synchronous_standby_names') AS now");
  const now = rows[0]?.now ?? "";
  if (name === null && now !== ours) return;
  if (now === (name === null ? "" : ours)) return;
  await session.query(
    name === null
      ? "ALTER SYSTEM RESET synchronous_standby_names"
      : `ALTER SYSTEM SET synchronous_standby_names = ${session.escapeLiteral(ours)}`,
  );
  await session.query("SELECT pg_reload_conf()");
}

/** Why commits cannot be made to wait; null: nothing is in the way. */
async function findObstacle(session: Session, databaseId: string): Promise<string | null> {
  const { rows } = await session.query<{ names: string; remote: boolean; super: string }>(
    `SELECT current_setting('synchronous_standby_names') AS names, current_setting('is_superuser') AS super,
      (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') = 'remote_apply'
      OR EXISTS (SELECT 1 FROM pg_db_role_setting WHERE 'synchronous_commit=remote_apply' = ANY (setconfig)) AS remote`,
  );
  const row = rows[0];
  if (row?.remote) return REMOTE_APPLY;
  if (row?.super !== "on") {
    return "Only a superuser may make commits wait: let Lastgood connect as one, or leave zero-loss off.";
  }
  const isOthers = row.names !== "" && row.names !== `"${receiverName(databaseId)}"`;
  return isOthers ? `Commits of this server wait for others already (synchronous_standby_names = ${row.names}).` : null;
}
