import type { DatabaseState } from "../../client/api-types.ts";
import type { ClusterConnection } from "../../domain/cluster-connection.ts";
import type { RestoreWay } from "../../domain/restore.ts";
import { transact } from "../transact.ts";
import { sealConnection } from "./cluster-connection.ts";

/**
 * What an agent says about a database it owns. A deleted one stays deleted.
 * @returns false when the agent does not own such a database
 */
export async function setDatabaseState(
  agentId: string,
  databaseId: string,
  change: {
    state: Exclude<DatabaseState, "deleted" | "purging" | "purged">;
    problem?: string | null;
    restoreWay?: RestoreWay;
    serverVersion?: number | undefined;
    /** How applications connect to what was made. */
    connection?: ClusterConnection | undefined;
  },
): Promise<boolean> {
  const { connection, serverVersion } = change;
  const { count } = await transact((tx) =>
    tx.database.updateMany({
      where: { id: databaseId, agentId, deletedAtMs: null },
      data: {
        state: change.state,
        ...(change.problem !== undefined && { problem: change.problem }),
        ...(change.restoreWay !== undefined && { restoreWay: change.restoreWay }),
        ...(serverVersion !== undefined && { serverVersion }),
        ...(connection !== undefined && { connection: sealConnection(databaseId, connection) }),
      },
    }),
  );
  return count > 0;
}
