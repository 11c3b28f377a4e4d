"use client";

import { CircleSlash, Clock3, UserRoundCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { ApprovalView, PolicyView } from "../../lib/client/approval-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatClock, formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useRestorePlan } from "../../lib/client/hooks/use-restores.ts";
import { MomentDialog } from "../restores/moment-dialog.tsx";
import type { RestoreActions } from "../restores/restore-actions.ts";
import type { RestoreIntent } from "../restores/restore-dialog.tsx";
import { RestoreLoss } from "../restores/restore-loss.tsx";
import { AttachedAdvice, RestorePlanFacts, RestorePlanWords } from "../restores/restore-plan.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Note } from "../ui/note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { approvalHref } from "./approval-words.ts";

/** The plan and the reason, for others to decide on. Nothing starts, neither by asking nor by closing it. */
export function AskRestoreDialog({
  database,
  intent,
  policy,
  asked,
  actions,
  targets = null,
  onClose,
}: {
  database: DatabaseView;
  intent: RestoreIntent;
  policy: PolicyView | null;
  /** The viewer's own request of this database that has not ended: this one would take its place. */
  asked: ApprovalView | null;
  actions: Pick<RestoreActions, "ask" | "change">;
  /** The choice of what is written, where there is one. */
  targets?: ReactNode;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? Date.now();
  const [reason, setReason] = useState(asked?.reason ?? "");
  const planned = useRestorePlan(namespace.slug, database.name, intent.source);
  const plan = planned.data?.plan ?? null;
  const asking = useActionThenGo(namespace.slug, actions.ask, approvalHref);
  const changing = useActionThenGo(namespace.slug, actions.change, approvalHref);
  const isBusy = asking.isPending || asking.isSuccess || changing.isPending || changing.isSuccess;
  const failure = asking.error ?? changing.error ?? planned.error;
  const hasReason = reason.trim() !== "";
  const canEver = policy === null || policy.possibleForMe >= policy.neededForMe;
  const isTheSame = plan !== null && plan.to.bookmark === intent.bookmark;
  const canAsk = hasReason && isTheSame && plan.commits !== 0 && canEver && !isBusy;

  const submit = () => {
    if (!canAsk) return;
    const text = reason.trim();
    const of = { namespace: namespace.slug };
    if (asked) changing.mutate({ ...of, approvalId: asked.id, reason: text, ...intent.source });
    else {
      const what = intent.undoOf === null ? intent.source : { undoOf: intent.undoOf };
      asking.mutate({
        ...of,
        database: database.id,
        ask: { kind: "restore.project", reason: text, ...what },
      });
    }
  };

  return (
    <MomentDialog
      database={database}
      intent={intent}
      titled={(clock) => `Request a restore of ${database.name} to ${clock}`}
      consequence="It would overwrite production, once it is approved and you run it."
      targets={targets}
      error={failure}
      needs={[{ what: "reason", met: hasReason }]}
      closeWords="Close, nothing is asked"
      onClose={onClose}
      tone="primary"
      icon={UserRoundCheck}
      words={asked ? "Ask for this moment instead" : "Request approval"}
      busyWords="Asking…"
      isBusy={isBusy}
      canStart={canAsk}
      onSubmit={submit}
      facts={
        <>
          <RestorePlanFacts database={database} plan={plan} />
          {asked && <Replaces asked={asked} zone={zone} />}
          <ReasonField remark="the others decide by it" rows={3} value={reason} onChange={setReason} className="mb-4" />
          {policy && <WhoDecides policy={policy} zone={zone} nowMs={nowMs} />}
        </>
      }
    >
      <RestorePlanWords database={database} plan={plan} />
      <RestoreLoss database={database.name} intent={intent} plan={plan} />
      <AttachedAdvice database={database} plan={plan} />
    </MomentDialog>
  );
}

function Replaces({ asked, zone }: { asked: ApprovalView; zone: string }) {
  if (asked.plan.kind !== "restore.project") return null;
  const clock = `${formatClock(asked.plan.plan.to.timeMs, zone, "millisecond")} ${formatZone(zone)}`;
  return (
    <Note
      tone="warn"
      className="mb-4"
      icon={<CircleSlash size={16} strokeWidth={1.6} aria-hidden />}
      title={`You have asked for ${clock}.`}
    >
      {asked.approved > 0
        ? "Asking for this moment makes that approval void: others decide anew."
        : "Asking for this moment takes its place."}
    </Note>
  );
}

/** How many must approve, out of whom, how long that may take, and when it may then begin. */
function WhoDecides({ policy, zone, nowMs }: { policy: PolicyView; zone: string; nowMs: number }) {
  const { neededForMe, possibleForMe, rules, nextBeginMs } = policy;
  if (possibleForMe < neededForMe) {
    return (
      <Note tone="danger" title="Nobody could approve this.">
        It takes {neededForMe}, and {possibleForMe === 0 ? "nobody else" : possibleForMe} may.{" "}
        {rules.approvers === null
          ? "Invite another owner or admin first."
          : "The policy names its approvers: bring them back first."}
      </Note>
    );
  }
  return (
    <>
      <p className="text-12 text-ink-2">
        {neededForMe} of {possibleForMe} {possibleForMe === 1 ? "person" : "people"} must approve, within{" "}
        {formatDuration(rules.approveWithinMs)}. Then you have {formatDuration(rules.runWithinMs)} to run it, once.
      </p>
      {!policy.mayBeginNow && (
        <Note
          tone="warn"
          className="mt-3"
          icon={<Clock3 size={16} strokeWidth={1.6} aria-hidden />}
          title="Not at this hour."
        >
          {nextBeginMs === null
            ? "The policy lets no restore begin in the days ahead."
            : `A restore may begin from ${formatMoment(nextBeginMs, zone, nowMs, "minute")} ${formatZone(zone)} on.`}
        </Note>
      )}
    </>
  );
}
