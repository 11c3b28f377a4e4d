import type { AgentView } from "../../lib/client/agent-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { Button } from "../ui/button.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import { StatusDot } from "../ui/status-dot.tsx";
import { stateOf } from "./agent-words.ts";

type Doing = {
  isShared: boolean;
  /** Why this viewer may do neither. */
  refusal: string | null;
  onReplace: (agent: AgentView) => void;
  onRetire: (agent: AgentView) => void;
};

/** Every agent, where it is and how it is. */
export function AgentTable({ agents, ...doing }: { agents: readonly AgentView[] } & Doing) {
  return (
    <table className="w-full border-collapse max-wide:block">
      <caption className="sr-only">Agents of this Lastgood</caption>
      <thead className="max-wide:sr-only">
        <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
          <th scope="col">Machine</th>
          <th scope="col">State</th>
          <th scope="col">Databases</th>
          <th scope="col">Free space</th>
          <th scope="col">Reached at</th>
          <th scope="col">
            <span className="sr-only">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody className="max-wide:block">
        {agents.map((agent) => (
          <AgentRow key={agent.id} agent={agent} {...doing} />
        ))}
      </tbody>
    </table>
  );
}

function AgentRow({ agent, isShared, refusal, onReplace, onRetire }: { agent: AgentView } & Doing) {
  const { tone, word } = stateOf(agent);
  const { state, databases, disk } = agent;
  return (
    <tr className="border-b border-line align-top max-wide:grid max-wide:gap-1 max-wide:py-3 [&>td]:py-2.5 [&>td]:pr-4 max-wide:[&>td]:p-0 max-wide:[&>th]:p-0">
      <th scope="row" className="w-[26%] py-2.5 pr-4 text-left font-normal max-wide:w-auto">
        <span className="block font-[550] wrap-anywhere">{agent.hostName ?? "a machine that is still to come"}</span>
        <span className="block text-12 text-ink-3">
          {agent.region}
          {agent.version !== null && ` · ${agent.version}`}
        </span>
        <code className="block text-12 text-ink-3">{agent.id.slice(0, 8)}</code>
      </th>
      <td className="w-[28%] max-wide:w-auto">
        <span className="flex items-center gap-2">
          <StatusDot tone={tone} words="" />
          {word}
        </span>
        <Since agent={agent} />
        {state === "running" && agent.problem !== null && (
          <span className="block text-12 text-ink-2">{agent.problem}</span>
        )}
      </td>
      <td className="whitespace-nowrap text-ink-2">
        <span className="max-wide:hidden">{databases}</span>
        <span className="wide:hidden">{databases === 0 ? "no databases" : formatCount(databases, "database")}</span>
      </td>
      <td className="whitespace-nowrap text-ink-2">
        {disk === null ? (
          <span className="text-ink-3 max-wide:hidden">not known</span>
        ) : (
          <>
            {formatBytes(disk.freeBytes)} <span className="text-12 text-ink-3">of {formatBytes(disk.sizeBytes)}</span>
            <span className="text-12 text-ink-3 wide:hidden"> free</span>
          </>
        )}
      </td>
      <td className="text-ink-2">
        {agent.address === null ? (
          <span className="text-ink-3">
            {state === "enrolled" ? "told when it starts" : "its socket, on its own machine"}
          </span>
        ) : (
          <code className="text-12 wrap-anywhere">{agent.address}</code>
        )}
      </td>
      <td className="text-right whitespace-nowrap max-wide:text-left">
        {isShared && state !== "retired" && (
          <span className="inline-flex justify-end gap-2 max-wide:justify-start">
            {state === "silent" && (
              <Button size="small" blockedBy={refusal} onClick={() => onReplace(agent)}>
                Replace…
              </Button>
            )}
            <Button
              size="small"
              tone="quiet"
              blockedBy={refusal ?? (databases > 0 ? "It owns databases. Delete them first, or replace it." : null)}
              onClick={() => onRetire(agent)}
            >
              Retire…
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}

function Since({ agent: { state, seenAtMs, enrolledAtMs, retiredAtMs, retiredBy } }: { agent: AgentView }) {
  if (state === "retired" && retiredAtMs !== null) {
    return (
      <span className="block text-12 text-ink-3">
        <AgoText ms={retiredAtMs} /> by {retiredBy}
      </span>
    );
  }
  if (state === "enrolled") {
    return enrolledAtMs === null ? null : (
      <span className="block text-12 text-ink-3">
        enrolled <AgoText ms={enrolledAtMs} />
      </span>
    );
  }
  return seenAtMs === null ? null : (
    <span className="block text-12 text-ink-3">
      last seen <AgoText ms={seenAtMs} />
    </span>
  );
}
