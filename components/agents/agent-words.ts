import type { AgentView } from "../../lib/client/agent-types.ts";
import type { DotTone } from "../ui/status-dot.tsx";

/** What an agent's state is called and looks like. */
export function stateOf({ state, answers }: AgentView): { tone: DotTone; word: string } {
  if (state === "retired") return { tone: "off", word: "retired" };
  if (state === "enrolled") return { tone: "off", word: "has not started yet" };
  if (state === "silent") return { tone: "danger", word: "silent" };
  return answers === false
    ? { tone: "warn", word: "runs, and does not answer this console" }
    : { tone: "ok", word: "runs" };
}

/** What the page answers first: whether all of them run. */
export function answerOf(agents: readonly AgentView[]): string {
  const silent = agents.filter(({ state }) => state === "silent").length;
  const deaf = agents.filter(({ state, answers }) => state === "running" && answers === false).length;
  if (silent > 0) {
    const subject = silent === 1 ? "One is silent" : `${silent} are silent`;
    return `${subject}: what lies there is not reached from here, and may not be captured.`;
  }
  if (deaf > 0) return `${deaf === 1 ? "One does" : `${deaf} do`} not answer this console. Capture goes on there.`;
  return "All of them run and answer.";
}
