"use client";

import { RotateCcw } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView, RestoreSourceBody } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import type { GiveBackPlanBody } from "../../lib/client/give-back-types.ts";
import { useGiveBackPlan } from "../../lib/client/hooks/use-give-back.ts";
import type { GiveBackConflictKind, GiveBackTable, OnConflict } from "../../lib/domain/give-back.ts";
import { restoreHref } from "../restores/restore-words.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { GiveBackActions } from "./give-back-actions.ts";
import { GiveBackConflicts, MissingParents } from "./give-back-conflicts.tsx";
import { GiveBackNotices, NotAllowed } from "./give-back-notices.tsx";
import { GiveBackTables } from "./give-back-tables.tsx";

type Shared = {
  database: DatabaseView;
  /** Of the state that the rows get. */
  fromMs: number;
  onClose: () => void;
};

/** What giving the ticked rows back would do, what stands against it, and only then the button. */
export function GiveBackDialog({
  chosen,
  giveBack,
  ...shared
}: Shared & { chosen: { from: RestoreSourceBody; tables: GiveBackTable[] }; giveBack: GiveBackActions["giveBack"] }) {
  const { namespace } = useViewer();
  const run = useActionThenGo(namespace.slug, giveBack, restoreHref);
  const of = { namespace: namespace.slug, database: shared.database.id };
  return (
    <RowsDialog
      {...shared}
      verb="Give back"
      description={(when) =>
        `Copied from ${when} into ${shared.database.name} as it is now, as one transaction. Everything else stays.`
      }
      bodyOf={(withParents) => ({ ...chosen, ...(withParents && { include: ["parents"] }) })}
      run={run}
      start={({ withParents, ...decided }, onError) =>
        run.mutate({ ...of, ...chosen, ...(withParents && { include: ["parents"] }), ...decided }, { onError })
      }
    />
  );
}

/** The same for the way back from rows that were given back. */
export function UndoGiveBackDialog({
  restoreId,
  undo,
  ...shared
}: Shared & { restoreId: string; undo: GiveBackActions["undo"] }) {
  const { namespace } = useViewer();
  const run = useActionThenGo(namespace.slug, undo, restoreHref);
  const of = { namespace: namespace.slug, database: shared.database.id, restoreId };
  return (
    <RowsDialog
      {...shared}
      verb="Set back"
      description={() => "The rows become what they were right before they were given back. Everything else stays."}
      bodyOf={() => ({ undoOf: restoreId })}
      run={run}
      start={({ planDigest, onConflict }, onError) =>
        run.mutate({ ...of, planDigest, ...(onConflict && { onConflict }) }, { onError })
      }
    />
  );
}

type Decided = { planDigest: string; reason?: string; onConflict?: OnConflict; withParents: boolean };

function RowsDialog({
  database,
  fromMs,
  verb,
  description,
  bodyOf,
  run,
  start,
  onClose,
}: Shared & {
  verb: "Give back" | "Set back";
  description: (when: string) => string;
  bodyOf: (withParents: boolean) => GiveBackPlanBody;
  run: { isPending: boolean; isSuccess: boolean; error: Error | null };
  start: (decided: Decided, onError: () => void) => void;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? Date.now();
  const formId = useId();
  const [reason, setReason] = useState("");
  const [withParents, setWithParents] = useState(false);
  const [skipped, setSkipped] = useState<ReadonlySet<GiveBackConflictKind>>(new Set());
  const planned = useGiveBackPlan(namespace.slug, database.name, bodyOf(withParents));
  const plan = planned.isPlaceholderData ? null : (planned.data?.plan ?? null);
  const allowed = planned.data?.allowed ?? "yes";
  const isBusy = run.isPending || run.isSuccess;
  const failure = run.error ?? planned.error;
  const kinds = new Set((plan?.conflicts ?? []).map(({ kind }) => kind));
  const isSettled = [...kinds].every((kind) => skipped.has(kind));
  const canStart = plan !== null && plan.rows > 0 && isSettled && allowed === "yes";

  const submit = () => {
    if (!canStart || isBusy) return;
    const text = reason.trim();
    const onConflict: OnConflict = Object.fromEntries([...kinds].map((kind) => [kind, "skip"]));
    const decided: Decided = {
      planDigest: plan.digest,
      withParents,
      ...(text !== "" && { reason: text }),
      ...(kinds.size > 0 && { onConflict }),
    };
    // What stood in the way may be gone or different by now: the plan is read anew.
    start(decided, () => void planned.refetch());
  };
  const when = `${formatMoment(fromMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`;
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={plan ? `${verb} ${formatCount(plan.rows, "row")}` : `${verb} rows`}
      description={description(when)}
      footer={
        <ConfirmFooter
          form={formId}
          needs={kinds.size > 0 ? [{ what: "a choice on conflicts", met: isSettled }] : []}
          closeWords="Close, nothing starts"
          onClose={onClose}
          tone="primary"
          icon={RotateCcw}
          words={plan ? `${verb} ${formatCount(plan.rows, "row")}` : verb}
          busyWords="Starting…"
          isBusy={isBusy}
          canStart={canStart}
        />
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        className="grid min-h-full grid-cols-[minmax(0,1fr)_304px] max-roomy:grid-cols-1"
      >
        <div className="min-w-0 px-6 py-5 max-wide:px-4">
          {allowed !== "yes" && <NotAllowed allowed={allowed} database={database} />}
          {!plan && !planned.error && <Planning />}
          {plan && <GiveBackTables plan={plan} />}
          {plan && (
            <GiveBackConflicts
              conflicts={plan.conflicts}
              skipped={skipped}
              onSkip={(kind, isOn) => {
                const next = new Set(skipped);
                if (isOn) next.add(kind);
                else next.delete(kind);
                setSkipped(next);
              }}
            />
          )}
          {plan && (plan.missingParents.length > 0 || withParents) && (
            <MissingParents parents={plan.missingParents} isOn={withParents} onChange={setWithParents} />
          )}
          {failure && <ErrorNote error={failure} className="mt-4" />}
        </div>
        <div className="border-line bg-canvas p-5 max-roomy:border-t max-wide:px-4 roomy:border-l">
          {verb === "Give back" && <ReasonField value={reason} onChange={setReason} className="mb-4" />}
          <p className="text-12 text-ink-2">
            It stands among the past restores and can be <strong>undone</strong>: the rows are set back to what they are
            now. Rows that were changed meanwhile are shown first.
          </p>
          {plan && <GiveBackNotices notices={plan.notices} />}
        </div>
      </form>
    </Dialog>
  );
}

function Planning() {
  return (
    <div aria-busy className="grid gap-2.5" role="status">
      <span className="sr-only">Comparing the rows with what is there now</span>
      <Skeleton className="h-5 w-11/12" />
      <Skeleton className="h-5 w-4/5" />
      <Skeleton className="h-5 w-3/5" />
    </div>
  );
}
