"use client";

import { ArrowRightLeft, Info, UserRoundCheck } from "lucide-react";
import { useId, useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { usePolicy } from "../../lib/client/hooks/use-approvals.ts";
import { useDatabase } from "../../lib/client/hooks/use-databases.ts";
import { useWindow } from "../../lib/client/hooks/use-history.ts";
import { useCutoverPlan } from "../../lib/client/hooks/use-previews.ts";
import { approvalHref } from "../approvals/approval-words.ts";
import { LossTable } from "../diff/loss-table.tsx";
import { BROUGHT_ALONG } from "../diff/loss-words.ts";
import { AroundChoice } from "../restores/around-choice.tsx";
import { PlanStep } from "../restores/plan-step.tsx";
import type { AroundBody } from "../restores/restore-actions.ts";
import { RestorePlanFacts } from "../restores/restore-plan.tsx";
import { restoreHref } from "../restores/restore-words.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { PreviewActions, ShownPreview } from "./preview-actions.ts";

/** A preview's state becomes its project's: what the project would lose, what the preview brings, and only then the red button. */
export function CutoverDialog({
  namespace,
  preview,
  actions,
  onClose,
}: {
  namespace: string;
  preview: ShownPreview;
  actions: Pick<PreviewActions, "cutover" | "ask">;
  onClose: () => void;
}) {
  const { zone } = useZone();
  const nowMs = useNow() ?? Date.now();
  const formId = useId();
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [around, setAround] = useState<AroundBody>({});
  const parent = useDatabase(namespace, preview.parentId);
  const name = preview.parentName ?? "";
  const planned = useCutoverPlan(namespace, preview.parentId, preview.id);
  const { plan, base } = planned.data ?? { plan: null, base: null };
  const oldest = useWindow(namespace, preview.name).data?.oldest ?? null;
  const mayAlone = useRefusal("restore.cutover") === null;
  const policy = usePolicy(namespace, preview.parentId).data;
  const mustAsk = policy ? policy.neededForMe > 0 : !mayAlone;
  const run = useActionThenGo(namespace, actions.cutover, restoreHref);
  const asking = useActionThenGo(namespace, actions.ask, approvalHref);
  const isBusy = run.isPending || run.isSuccess || asking.isPending || asking.isSuccess;
  const hasReason = reason.trim() !== "";
  const hasName = mustAsk || (name !== "" && typed === name);
  const canStart = hasReason && hasName && plan !== null;
  const failure = run.error ?? asking.error ?? planned.error;
  const start = () => {
    if (!canStart || isBusy) return;
    const of = { namespace, database: preview.parentId };
    const text = reason.trim();
    if (mustAsk) {
      asking.mutate({ ...of, ask: { kind: "restore.cutover", previewId: preview.id, reason: text } });
    } else {
      const shown = { at: plan.to.bookmark, planDigest: plan.digest };
      run.mutate({ ...of, ...shown, ...around, previewId: preview.id, confirmName: typed, reason: text });
    }
  };
  const { origin, engine } = parent.data ?? { origin: "hosted" as const, engine: "sqlite" as const };
  const isCluster = engine === "postgres";
  const from =
    preview.sourceTimeMs === null
      ? "its moment"
      : `${formatMoment(preview.sourceTimeMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`;
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`Cut ${name} over to ${preview.name}`}
      description={`The state of ${preview.name} becomes the state of ${name}. This overwrites production.`}
      footer={
        <ConfirmFooter
          form={formId}
          needs={[{ what: "reason", met: hasReason }, ...(mustAsk ? [] : [{ what: "name", met: hasName }])]}
          closeWords={mustAsk ? "Close, nothing is asked" : "Close, nothing starts"}
          onClose={onClose}
          tone={mustAsk ? "primary" : "danger"}
          icon={mustAsk ? UserRoundCheck : ArrowRightLeft}
          words={mustAsk ? "Request approval" : `Cut over ${name}`}
          busyWords={mustAsk ? "Asking…" : "Starting…"}
          isBusy={isBusy}
          canStart={canStart}
        />
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
        className="grid min-h-full grid-cols-[minmax(0,1fr)_336px] max-roomy:grid-cols-1"
      >
        <div className="min-w-0 px-6 py-5 max-wide:px-4">
          <h3 className="mb-2 text-14 font-semibold">What will happen</h3>
          <ol className="grid gap-1.5 text-14">
            <PlanStep number={1}>
              The state of {name} just before is kept. <strong>Undo</strong> brings it back.
            </PlanStep>
            <PlanStep number={2}>
              {isCluster ? (
                <>
                  {name} gets the state of {preview.name}, recovered beside it and then swapped in.{" "}
                </>
              ) : (
                <>
                  {name} gets the state of {preview.name}, as one commit of its own history
                  {plan && `: ${formatCount(plan.pages, "page")} at most`}.{" "}
                </>
              )}
              {isCluster
                ? "Connections are cut for about a second; its connection string stays."
                : origin === "hosted"
                  ? "Callers get 503 with Retry-After meanwhile."
                  : "The program that has the file open sees it with its next read."}
            </PlanStep>
            <PlanStep number={3}>{preview.name} stays as it is, until its time is over.</PlanStep>
          </ol>
          {base ? (
            <LossTable database={name} bookmark={base.bookmark} title={`What ${name} wrote since ${from}, and loses`} />
          ) : (
            planned.data && (
              <Note tone="warn" className="mt-5" icon={<Info size={16} strokeWidth={1.6} aria-hidden />}>
                <strong>What {name} wrote since cannot be counted.</strong> The moment that {preview.name} was made from
                has left the window.
              </Note>
            )
          )}
          {oldest && (
            <LossTable
              database={preview.name}
              bookmark={oldest.bookmark}
              title={`What was changed in ${preview.name}, and comes along`}
              columns={BROUGHT_ALONG}
              warns={false}
            />
          )}
          {failure && <ErrorNote error={failure} className="mt-4" />}
        </div>
        <div className="border-line bg-canvas p-5 max-roomy:border-t max-wide:px-4 roomy:border-l">
          <RestorePlanFacts database={{ name, origin, engine }} plan={plan} />
          {!mustAsk && <AroundChoice offer={planned.data?.around ?? null} value={around} onChange={setAround} />}
          <ReasonField value={reason} onChange={setReason} className="mb-4" />
          {mustAsk ? (
            <p className="text-12 text-ink-2">Others must approve it first. Then you can run it, once.</p>
          ) : (
            <TypedName name={name} value={typed} onChange={setTyped} />
          )}
        </div>
      </form>
    </Dialog>
  );
}
