import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { PreviewView } from "../../lib/client/preview-types.ts";
import type { RestorePlan } from "../../lib/domain/restore.ts";
import { ProvenLine } from "../exposure/proven-line.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { PlanStep } from "./plan-step.tsx";
import type { RestoreAim } from "./target-choice.tsx";

/** What making a copy does, in words and in order. */
export function CopyPlanWords({
  database,
  aim,
  plan,
  preview,
  ttlHours,
}: {
  database: Pick<DatabaseView, "name" | "engine">;
  aim: Exclude<RestoreAim, "project">;
  plan: RestorePlan | null;
  preview: PreviewView | null;
  ttlHours: number;
}) {
  return (
    <>
      <h3 className="mb-2 text-14 font-semibold">What will happen</h3>
      {plan || aim === "preview" ? (
        <ol className="grid gap-1.5 text-14">
          {(database.engine === "postgres" ? clusterStepsOf : stepsOf)(database.name, aim, preview, ttlHours).map(
            (words, index) => (
              <PlanStep key={words} number={index + 1}>
                {words}
              </PlanStep>
            ),
          )}
        </ol>
      ) : (
        <div aria-busy className="grid gap-2.5" role="status">
          <span className="sr-only">Making the plan</span>
          <Skeleton className="h-5 w-11/12" />
          <Skeleton className="h-5 w-4/5" />
        </div>
      )}
    </>
  );
}

function stepsOf(
  database: string,
  aim: Exclude<RestoreAim, "project">,
  preview: PreviewView | null,
  ttlHours: number,
): string[] {
  const written = `All of ${database} as it was at that moment is written to a file of its own. ${database} goes on and notices nothing.`;
  const answers = "answers queries like any hosted database, and each commit of it is captured";
  if (aim === "preview") {
    return [
      written,
      `What is in ${preview?.name ?? "the preview"} is kept as it is now, so this can be undone.`,
      `Then the file takes its place. Callers of ${preview?.name ?? "the preview"} get 503 for a moment.`,
    ];
  }
  if (aim === "new_database") {
    return [written, `It becomes a database that ${answers}.`, "It stays until somebody deletes it."];
  }
  return [
    written,
    `It becomes a preview that ${answers}. Its file can be downloaded.`,
    `After ${ttlHours < 48 ? formatCount(ttlHours, "hour") : formatCount(ttlHours / 24, "day")} it is deleted by itself; you can extend that, or cut ${database} over to it.`,
  ];
}

function clusterStepsOf(
  database: string,
  aim: Exclude<RestoreAim, "project">,
  preview: PreviewView | null,
  ttlHours: number,
): string[] {
  const recovered = `All of ${database} as it was at that moment is recovered as a cluster of its own, from a base backup and the log. ${database} serves on and notices nothing.`;
  const name = preview?.name ?? "the preview";
  if (aim === "preview") {
    return [
      recovered,
      `What is in ${name} is kept as it is now, so this can be undone.`,
      `Then it takes the place of ${name}. Connections to it are cut for about a second; its connection string stays.`,
    ];
  }
  const reached = "with a connection string of its own, and each commit of it is received";
  if (aim === "new_database") {
    return [recovered, `It becomes a database ${reached}.`, "It stays until somebody deletes it."];
  }
  return [
    recovered,
    `It becomes a preview ${reached}.`,
    `After ${ttlHours < 48 ? formatCount(ttlHours, "hour") : formatCount(ttlHours / 24, "day")} it is deleted by itself; you can extend that, or cut ${database} over to it.`,
  ];
}

/** How long it takes and how large it will be. */
export function CopyPlanFacts({ database, plan }: { database: string; plan: RestorePlan | null }) {
  return (
    <div className="mb-4 border-b border-line pb-4">
      <dl className="grid grid-cols-2 gap-3">
        <Fact term="Takes">{plan && `about ${formatDuration(plan.estimateMs)}`}</Fact>
        <Fact term="Size">
          {plan && (plan.pages === 0 ? "as the source" : `≤ ${formatBytes(plan.pages * plan.pageSizeBytes)}`)}
        </Fact>
      </dl>
      <ProvenLine database={database} className="mt-3" />
    </div>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-12 text-ink-3">{term}</dt>
      <dd className="text-16 font-[550] tracking-[-0.01em]">{children ?? <Skeleton className="mt-1 h-5 w-20" />}</dd>
    </div>
  );
}
