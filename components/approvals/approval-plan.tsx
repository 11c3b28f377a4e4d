"use client";

import { TriangleAlert } from "lucide-react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { usePolicy } from "../../lib/client/hooks/use-approvals.ts";
import { useRestorePlan } from "../../lib/client/hooks/use-restores.ts";
import { LossTable } from "../diff/loss-table.tsx";
import { ErasurePlanWords } from "../erasures/erasure-plan-words.tsx";
import { PolicyChangeTable } from "../policies/policy-change-table.tsx";
import { AttachedAdvice, RestorePlanWords } from "../restores/restore-plan.tsx";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Note } from "../ui/note.tsx";

/** Digests are shown by their ends: `7c1e…a9f3`. */
export const shortDigest = (digest: string) => `${digest.slice(0, 4)}…${digest.slice(-4)}`;

/** What would happen: the same words for whoever asks and whoever approves, as they were written down with the request. */
export function ApprovalPlanWords({ approval, database }: { approval: ApprovalView; database: DatabaseView | null }) {
  const { plan, databaseName } = approval;
  if (plan.kind === "policy.change") return <PolicyWords approval={approval} />;
  if (plan.kind === "history.erase") {
    return (
      <>
        <h2 className="mb-2 text-14 font-semibold">What will happen</h2>
        <ErasurePlanWords plan={plan.plan} />
      </>
    );
  }
  if (plan.kind === "database.delete") {
    return (
      <>
        <h2 className="mb-2 text-14 font-semibold">What will happen</h2>
        <p className="text-14">
          {databaseName} stops being protected: nothing written from then on can be restored. Its history is kept until
          its grace period ends.
        </p>
      </>
    );
  }
  if (plan.kind === "restore.cutover") {
    return (
      <>
        <h2 className="mb-2 text-14 font-semibold">What will happen</h2>
        <p className="text-14">
          {databaseName} takes the state that {plan.preview.name} had when this was asked
          {plan.plan.pages > 0 && <>, as one commit of at most {formatCount(plan.plan.pages, "page")}</>}. What was
          written to {databaseName} since the preview was made is not part of it. Undo brings the state just before
          back; the preview stays as it is.
        </p>
        {database && plan.base && (approval.status === "open" || approval.status === "approved") && (
          <LossTable
            database={database.name}
            bookmark={plan.base.bookmark}
            title={`What ${databaseName} wrote since, and loses`}
            heading="h2"
          />
        )}
      </>
    );
  }
  return (
    <>
      <RestorePlanWords
        database={database ?? { name: databaseName, origin: "attached", engine: "sqlite" }}
        plan={plan.plan}
        heading="h2"
      />
      <LossSinceRequest approval={approval} />
      {database && (approval.status === "open" || approval.status === "approved") && (
        <LossTable database={database.name} bookmark={plan.plan.to.bookmark} heading="h2" />
      )}
      {database && <AttachedAdvice database={database} plan={plan.plan} />}
    </>
  );
}

/** A live database moves on: what was written since the request would go back too. */
function LossSinceRequest({ approval }: { approval: ApprovalView }) {
  const { namespace } = useViewer();
  const mayPlan = useRefusal("restore.plan") === null;
  const { plan, status } = approval;
  const isLive = status === "open" || status === "approved";
  const to = plan.kind === "restore.project" ? plan.plan.to.bookmark : "";
  const live = useRestorePlan(namespace.slug, approval.databaseId, isLive && mayPlan && to ? { bookmark: to } : null);
  if (plan.kind !== "restore.project" || !live.data) return null;
  const [now, then] = [live.data.plan.commits, plan.plan.commits];
  if (now === null || then === null || now <= then) return null;
  return (
    <Note
      tone="warn"
      className="mt-4"
      icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
      title={`${formatCount(now - then, "commit")} more since the request.`}
    >
      It would go back by {formatCount(now, "commit")} now. The figure is shown again before it runs.
    </Note>
  );
}

function PolicyWords({ approval }: { approval: ApprovalView }) {
  const { namespace } = useViewer();
  const policy = usePolicy(namespace.slug, approval.databaseId);
  const { plan } = approval;
  if (plan.kind !== "policy.change") return null;
  return (
    <>
      <h2 className="mb-2 text-14 font-semibold">What will change</h2>
      <PolicyChangeTable before={plan.before} after={plan.after} people={policy.data?.people ?? []} />
    </>
  );
}
