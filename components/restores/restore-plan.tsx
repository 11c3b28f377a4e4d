"use client";

import { Info } from "lucide-react";
import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { RestorePlan } from "../../lib/domain/restore.ts";
import { ProvenLine } from "../exposure/proven-line.tsx";
import { BookmarkText } from "../recovery/bookmark-text.tsx";
import { Note } from "../ui/note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { ClusterPlanSteps, LeftBehind } from "./cluster-plan.tsx";
import { PlanStep } from "./plan-step.tsx";
import { wayBack } from "./restore-words.ts";

type PlannedDatabase = Pick<DatabaseView, "name" | "origin" | "engine"> & Partial<Pick<DatabaseView, "capture">>;

/** What will happen, in words and in order; a skeleton while the plan is being made. */
export function RestorePlanWords({
  database,
  plan,
  heading: Heading = "h3",
}: {
  database: PlannedDatabase;
  plan: RestorePlan | null;
  /** Dialogs have a title of their own above it. */
  heading?: "h2" | "h3";
}) {
  return (
    <>
      <Heading className="mb-2 text-14 font-semibold">What will happen</Heading>
      {!plan && (
        <div aria-busy className="grid gap-2.5" role="status">
          <span className="sr-only">Making the plan</span>
          <Skeleton className="h-5 w-11/12" />
          <Skeleton className="h-5 w-4/5" />
          <Skeleton className="h-5 w-3/5" />
        </div>
      )}
      {plan && database.capture?.problem?.isFileMissing && (
        <Note
          className="mb-4"
          icon={<Info size={16} strokeWidth={1.6} aria-hidden />}
          title={`What ${database.name} was kept in is lost.`}
        >
          It is made anew from the history, each page checked, and protected again. Nothing is overwritten.
        </Note>
      )}
      {plan && plan.commits === 0 && !database.capture?.problem?.isFileMissing && (
        <Note icon={<Info size={16} strokeWidth={1.6} aria-hidden />} title="Nothing would change.">
          {database.name} is in that state now. Choose an earlier moment.
        </Note>
      )}
      {plan && plan.commits !== 0 && <PlanSteps database={database} plan={plan} />}
    </>
  );
}

function PlanSteps({ database, plan }: { database: PlannedDatabase; plan: RestorePlan }) {
  if (plan.way === "swap" || plan.way === "transfer") return <ClusterPlanSteps database={database} plan={plan} />;
  const length = `about ${formatDuration(plan.estimateMs)}`;
  const pages = `${formatCount(plan.pages, "page")} at most`;
  const bytes = `≤ ${formatBytes(plan.pages * plan.pageSizeBytes)}`;
  return (
    <ol className="grid gap-1.5 text-14">
      <PlanStep number={1}>
        The state just before is kept. Right now that is <BookmarkText bookmark={plan.from.bookmark} copyable={false} />
        . <strong>Undo</strong> brings it back.
      </PlanStep>
      {database.origin === "hosted" ? (
        <PlanStep number={2}>
          Callers get 503 with Retry-After for {length}; their running queries are cancelled. No other database notices.
        </PlanStep>
      ) : (
        <PlanStep number={2}>
          The program that has the file open goes on and need not reopen it. Its next read sees the old state. Whoever
          writes waits for {length}.
        </PlanStep>
      )}
      <PlanStep number={3}>
        {plan.way === "rows" ? (
          <>
            The rows of the document take the place of those of its tables, in one commit; other tables stay as they
            are.
          </>
        ) : (
          <>
            All of {database.name} goes back by <strong>{wayBack(plan)}</strong>
            {plan.way === "append"
              ? `, as one commit of ${pages} (${bytes}).`
              : `, copied by SQLite itself (${pages}, ${bytes}).`}
          </>
        )}
      </PlanStep>
      <PlanStep number={4}>No history is deleted: every moment before and after stays reachable.</PlanStep>
    </ol>
  );
}

/** What applications should know before a restore, or what it does not bring along; nothing for hosted files. */
export function AttachedAdvice({ database, plan }: { database: PlannedDatabase; plan: RestorePlan | null }) {
  if (!plan || plan.commits === 0) return null;
  if (database.engine === "postgres") return <LeftBehind plan={plan} />;
  if (database.origin !== "attached") return null;
  return (
    <Note
      tone="warn"
      className="mt-4"
      icon={<Info size={16} strokeWidth={1.6} aria-hidden />}
      title="What your application should do."
    >
      It keeps what it holds in memory, such as caches and counters, from after that moment. If that matters, stop it
      before you restore and start it afterwards.
    </Note>
  );
}

/** The numbers beside the words: how long, how much. */
export function RestorePlanFacts({ database, plan }: { database: PlannedDatabase; plan: RestorePlan | null }) {
  return (
    <div className="mb-4 border-b border-line pb-4">
      <dl className="grid grid-cols-2 gap-3">
        <Fact term={termOfLength(database)}>{plan ? `about ${formatDuration(plan.estimateMs)}` : null}</Fact>
        <Fact term="Goes back by">{plan ? wayBack(plan) : null}</Fact>
      </dl>
      <ProvenLine database={database.name} className="mt-3" />
    </div>
  );
}

/** A cluster serves on for nearly all of it. */
function termOfLength({ engine, origin }: PlannedDatabase): string {
  if (engine === "postgres") return "Takes";
  return origin === "hosted" ? "Unavailable" : "Writers wait";
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-12 text-ink-3">{term}</dt>
      <dd className="text-16 font-[550] tracking-[-0.01em]">{children ?? <Skeleton className="mt-1 h-5 w-20" />}</dd>
    </div>
  );
}
