import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";

/** Says to an agent that a job of its waits. One that does not answer looks by itself soon after it is back. */
export async function wakeAgent(owner: { agentId: string }): Promise<void> {
  try {
    await askAgentOf(owner, "wake", {}, 2_000);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
}

/** The same to the agents of several databases. */
export async function wakeAgentsOf(databases: readonly { agentId: string }[]): Promise<void> {
  const owners = new Set(databases.map(({ agentId }) => agentId));
  await Promise.all([...owners].map((agentId) => wakeAgent({ agentId })));
}
