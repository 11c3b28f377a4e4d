import type { DatabaseState } from "../../client/api-types.ts";
import type { RestoreWay } from "../../domain/restore.ts";
import { transact } from "../transact.ts";

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
  },
): Promise<boolean> {
  const { count } = await transact((tx) =>
    tx.database.updateMany({
      where: { id: databaseId, agentId, deletedAtMs: null },
      data: {
        state: change.state,
        ...(change.problem !== undefined && { problem: change.problem }),
        ...(change.restoreWay !== undefined && { restoreWay: change.restoreWay }),
      },
    }),
  );
  return count > 0;
}
