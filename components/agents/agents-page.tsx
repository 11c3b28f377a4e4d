"use client";

import { ServerCog } from "lucide-react";
import { useState } from "react";
import type { AgentsView, AgentView, EnrolmentView } from "../../lib/client/agent-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useAgents, useEnrolments } from "../../lib/client/hooks/use-agents.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import type { AgentActions } from "./agent-actions.ts";
import { AgentTable } from "./agent-table.tsx";
import { answerOf } from "./agent-words.ts";
import { EnrolDialog } from "./enrol-dialog.tsx";
import { EnrolmentList } from "./enrolment-list.tsx";
import { RetireDialog } from "./retire-dialog.tsx";

/** The machines that databases live on. */
export function AgentsPage({
  initial,
  initialEnrolments,
  actions,
}: {
  initial: AgentsView;
  initialEnrolments: EnrolmentView[];
  actions: AgentActions;
}) {
  const { namespace } = useViewer();
  const refusal = useRefusal("agent.enrol");
  const { data, error } = useAgents(namespace.slug, initial);
  const { data: enrolments } = useEnrolments(namespace.slug, initialEnrolments);
  const [enrolling, setEnrolling] = useState<{ replaces: AgentView | null } | null>(null);
  const [retiring, setRetiring] = useState<AgentView | null>(null);
  const { agents, isShared } = data ?? initial;
  const present = agents.filter(({ state }) => state !== "retired");
  const open = (enrolments ?? initialEnrolments).filter(({ state }) => state === "open");
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-20 font-semibold tracking-[-0.02em]">{formatCount(present.length, "agent")}</h1>
          <p className="text-ink-2">{answerOf(present)}</p>
        </div>
        {isShared && (
          <Button tone="primary" blockedBy={refusal} onClick={() => setEnrolling({ replaces: null })}>
            <ServerCog size={16} strokeWidth={1.6} aria-hidden />
            Enrol a machine…
          </Button>
        )}
      </div>
      {error && <ErrorNote error={error} className="mb-4" />}
      <AgentTable
        agents={agents}
        isShared={isShared}
        refusal={refusal}
        onReplace={(agent) => setEnrolling({ replaces: agent })}
        onRetire={setRetiring}
      />
      {isShared ? (
        <EnrolmentList enrolments={open} agents={agents} refusal={refusal} endEnrolment={actions.endEnrolment} />
      ) : (
        <section className="mt-8 max-w-[76ch] border-t border-line-strong pt-4 text-14">
          <h2 className="font-semibold">More machines</h2>
          <p className="mt-1 text-ink-2">
            The metadata lies in a file here, so that this machine is the only one. With{" "}
            <code className="text-12">DATABASE_URL</code> on a PostgreSQL server, databases can live on several machines
            behind one console; <code className="text-12">docs/guides/agents.md</code> tells how.
          </p>
        </section>
      )}
      {enrolling && (
        <EnrolDialog
          replaces={enrolling.replaces}
          makeEnrolment={actions.makeEnrolment}
          onClose={() => setEnrolling(null)}
        />
      )}
      {retiring && <RetireDialog agent={retiring} retire={actions.retire} onClose={() => setRetiring(null)} />}
    </main>
  );
}
