"use client";

import { Hourglass, X } from "lucide-react";
import type { AgentView, EnrolmentView } from "../../lib/client/agent-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import type { AgentActions } from "./agent-actions.ts";

/** Tokens for machines that nobody has used yet, and the end of each; nothing where there is none. */
export function EnrolmentList({
  enrolments,
  agents,
  refusal,
  endEnrolment,
}: {
  enrolments: readonly EnrolmentView[];
  agents: readonly AgentView[];
  refusal: string | null;
  endEnrolment: AgentActions["endEnrolment"];
}) {
  const { namespace } = useViewer();
  const ending = useServerAction(namespace.slug, endEnrolment);
  if (enrolments.length === 0) return null;
  return (
    <section aria-labelledby="enrolments-title" className="mt-8">
      <h2 id="enrolments-title" className="mb-1 text-14 font-semibold">
        Waiting for a machine
      </h2>
      {ending.error && <ErrorNote error={ending.error} className="my-2" />}
      <ul>
        {enrolments.map((one) => (
          <li
            key={one.id}
            className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1.5 last:border-b-0"
          >
            <span className="min-w-0 flex-1 basis-64">
              <span className="block truncate font-[550]">
                {one.region} <span className="font-normal text-ink-2">{replacing(one, agents)}</span>
              </span>
              <span className="block truncate text-12 text-ink-3">by {one.createdByName}</span>
            </span>
            <span className="flex items-center gap-1.5 text-ink-2">
              <Hourglass size={14} strokeWidth={1.6} aria-hidden />
              until <MomentText ms={one.expiresAtMs} precision="minute" withZone />
            </span>
            <Button
              size="small"
              tone="quiet"
              blockedBy={refusal}
              disabled={ending.isPending}
              aria-label={`Revoke the token for a machine in ${one.region}`}
              onClick={() => ending.mutate({ namespace: namespace.slug, enrolmentId: one.id })}
            >
              <X size={14} strokeWidth={1.6} aria-hidden />
              Revoke
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function replacing({ replacesId }: EnrolmentView, agents: readonly AgentView[]): string {
  if (replacesId === null) return "for a new agent";
  return `in the place of ${agents.find(({ id }) => id === replacesId)?.hostName ?? "a lost agent"}`;
}
