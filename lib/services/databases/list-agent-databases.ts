import type { DatabaseState } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import type { RestoreWay } from "../../domain/restore.ts";

/** A database as the agent that owns it needs to know it; a deleted one only while `includeDeleted`. */
export type AgentDatabase = {
  id: string;
  name: string;
  engine: "sqlite" | "postgres";
  origin: "hosted" | "attached";
  path: string;
  windowDays: number;
  state: DatabaseState;
  restoreWay: RestoreWay | null;
  zeroLoss: boolean;
  deletedAtMs: number | null;
};

/** The databases that an agent owns, oldest first. */
export async function listAgentDatabases(agentId: string, includeDeleted = false): Promise<AgentDatabase[]> {
  const rows = await metadata().database.findMany({
    where: { agentId, ...(includeDeleted ? {} : { deletedAtMs: null }) },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    engine: row.engine as AgentDatabase["engine"],
    origin: row.origin as AgentDatabase["origin"],
    path: row.path,
    windowDays: row.windowDays,
    state: row.state as DatabaseState,
    restoreWay: row.restoreWay as AgentDatabase["restoreWay"],
    zeroLoss: row.zeroLoss,
    deletedAtMs: row.deletedAtMs === null ? null : Number(row.deletedAtMs),
  }));
}
