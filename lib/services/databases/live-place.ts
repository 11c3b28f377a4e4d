import path from "node:path";
import { metadata } from "../../db/client.ts";
import { readEnv } from "../../env.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { localAgentId } from "../agents/register-agent.ts";

/** Where an agent keeps what it hosts. */
export type HostedFolders = { hosted: string; clusters: string };

/** Where that agent keeps hosted databases; only an agent of this data directory needs not be asked. */
export async function hostedFolders(agent: { agentId: string }): Promise<HostedFolders> {
  const { processes, paths } = readEnv();
  const isOwn = processes !== "console" && (await localAgentId(metadata())) === agent.agentId;
  return isOwn ? paths : askAgentOf(agent, "place", {});
}

/** Where a new hosted database lies: a file of SQLite, a folder of PostgreSQL. */
export function livePlace({ hosted, clusters }: HostedFolders, engine: string, id: string): string {
  return engine === "postgres" ? path.join(clusters, id, "live") : path.join(hosted, `${id}.db`);
}
