"use client";

import { BadgeCheck, CircleDashed, TriangleAlert } from "lucide-react";
import { formatAgo, formatDuration } from "../../lib/client/format-duration.ts";
import { useExposure } from "../../lib/client/hooks/use-exposure.ts";
import type { RestoreProof } from "../../lib/domain/exposure.ts";
import { useViewer } from "../shell/console-context.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";

const ICON = { size: 14, strokeWidth: 1.6, "aria-hidden": true, className: "mt-[3px] shrink-0" } as const;

/** Whether restores of a database are proven: beside whatever promises one. Nothing until that is known. */
export function ProvenLine({
  database,
  isNamed = false,
  className,
}: {
  database: string;
  /** What it is about stands beside it. */
  isNamed?: boolean;
  className?: string;
}) {
  const { namespace } = useViewer();
  const exposure = useExposure(namespace.slug, database);
  const nowMs = useNow();
  if (!exposure.data || nowMs === null) return <p className={joinClasses("min-h-5", className)} />;
  const { proof } = exposure.data;
  return (
    <p className={joinClasses("flex items-start gap-1.5 text-12/5 text-ink-2", className)}>
      <ProofSign proof={proof} />
      <span>
        {provenSentence(proof, nowMs, isNamed)}{" "}
        <TextLink href={`/databases/${encodeURIComponent(database)}/drills`}>
          {proof.state === "proven" ? "Drills" : "Run a drill"}
        </TextLink>
      </span>
    </p>
  );
}

function ProofSign({ proof: { state } }: { proof: RestoreProof }) {
  if (state === "proven") return <BadgeCheck {...ICON} className={`${ICON.className} text-ok-text`} />;
  if (state === "failed") return <TriangleAlert {...ICON} className={`${ICON.className} text-danger-text`} />;
  const Sign = state === "overdue" ? TriangleAlert : CircleDashed;
  return <Sign {...ICON} className={`${ICON.className} text-warn-text`} />;
}

/** What is proven, with what stands against it first. */
function provenSentence(
  { state, atMs, recoveryMs, failedAtMs, dueMs }: RestoreProof,
  nowMs: number,
  isNamed: boolean,
): string {
  const back = recoveryMs === null ? "" : `, back in ${formatDuration(recoveryMs)}`;
  const proven =
    atMs === null
      ? "No restore was ever proven."
      : `${isNamed && state === "proven" ? "" : "Last proven restore "}${formatAgo(atMs, nowMs)}${back}.`;
  if (state === "failed") {
    return `The last drill failed${failedAtMs === null ? "" : ` ${formatAgo(failedAtMs, nowMs)}`}. ${proven}`;
  }
  if (state !== "overdue") return proven;
  const due = dueMs === null ? "" : `, due ${formatAgo(dueMs, nowMs)}`;
  return `A drill is overdue${due}. ${proven}`;
}
