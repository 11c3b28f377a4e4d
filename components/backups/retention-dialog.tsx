"use client";

import { Archive } from "lucide-react";
import { useEffect, useId, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { RetentionPlanView } from "../../lib/client/retention-types.ts";
import { MOST_BACKUPS } from "../../lib/domain/retention.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { BackupActions } from "./backup-actions.ts";

const SETTLE_MS = 300;
const KEPT_BECAUSE: Readonly<Record<string, string>> = {
  pinned: "pinned",
  being_restored: "being restored",
  last_good: "the last good one",
};

/** How many backups of a database are kept: what would go by another number is shown before it is saved. */
export function RetentionDialog({
  database,
  actions,
  onClose,
}: {
  database: DatabaseView;
  actions: Pick<BackupActions, "planRetention" | "saveRetention">;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const [text, setText] = useState<string | null>(null);
  const plan = useServerAction(namespace.slug, actions.planRetention);
  const saving = useServerAction(namespace.slug, actions.saveRetention);
  const saved = plan.data?.maxBackups ?? null;
  const shown = text ?? (saved === null ? "" : String(saved));
  const maxBackups = shown.trim() === "" ? null : Number(shown);
  const isNumber =
    maxBackups === null || (Number.isInteger(maxBackups) && maxBackups >= 1 && maxBackups <= MOST_BACKUPS);
  const of = { namespace: namespace.slug, database: database.id };
  const ask = plan.mutate;
  useEffect(() => {
    if (!isNumber) return;
    const change = text === null ? {} : { maxBackups };
    const timer = setTimeout(
      () => ask({ namespace: namespace.slug, database: database.id, ...change }),
      text === null ? 0 : SETTLE_MS,
    );
    return () => clearTimeout(timer);
  }, [ask, namespace.slug, database.id, text, maxBackups, isNumber]);

  const isPlanned = plan.data !== undefined && !plan.isPending && plan.data.maxBackups === maxBackups;
  const canSave = text !== null && isNumber && isPlanned && !saving.isPending;
  const problem = plan.error ?? saving.error;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !saving.isPending && onClose()}
      title={`How many backups of ${database.name} are kept`}
      description="Beyond that the oldest goes, whatever made it. Pinned ones, the last good one and one that is being restored always stay."
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Leave it so"
          onClose={onClose}
          tone={plan.data && countGone(plan.data.plan) > 0 && text !== null ? "danger" : "primary"}
          icon={Archive}
          words="Save"
          busyWords="Saving…"
          isBusy={saving.isPending}
          canStart={canSave}
        />
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!canSave || !plan.data) return;
          saving.mutate({ ...of, maxBackups, planDigest: plan.data.plan.digest }, { onSuccess: onClose });
        }}
      >
        <Field
          label="At most"
          hint="Empty: as many as there are. What a schedule makes has days and a number of its own besides."
          error={isNumber ? undefined : `A whole number from 1 to ${MOST_BACKUPS.toLocaleString("en-US")}.`}
        >
          {(control) => (
            <TextInput
              {...control}
              inputMode="numeric"
              autoComplete="off"
              className="w-40"
              placeholder="all of them"
              value={shown}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        {isPlanned && <WhatGoes plan={plan.data.plan} />}
        {problem && <ErrorNote error={problem} />}
      </form>
    </Dialog>
  );
}

const countGone = ({ deletions, later }: RetentionPlanView) => deletions.length + later.length;

function WhatGoes({ plan }: { plan: RetentionPlanView }) {
  const { zone } = useZone();
  const nowMs = useNow() ?? 0;
  const gone = [...plan.deletions, ...plan.later];
  const spared = plan.kept.filter(({ because }) => because in KEPT_BECAUSE);
  return (
    <section aria-label="What would go" className="grid gap-2 text-14">
      <p role="status" className={gone.length > 0 ? "font-[550] text-danger-text" : "text-ink-2"}>
        {gone.length === 0
          ? `Nothing would be deleted; ${formatCount(plan.kept.length, "backup")} ${plan.kept.length === 1 ? "stays" : "stay"}.`
          : `${formatCount(gone.length, "backup")} would be deleted, ${formatBytes(plan.freedBytes)} in all; ${plan.kept.length} stay.`}
      </p>
      {gone.length > 0 && (
        <ul className="max-h-48 overflow-y-auto rounded-2 border border-line">
          {gone.map((one) => (
            <li key={one.id} className="flex justify-between gap-3 border-b border-line px-3 py-1.5 last:border-b-0">
              <span className="truncate">{one.label ?? one.key ?? one.id.slice(0, 8)}</span>
              <span className="whitespace-nowrap text-ink-3">
                {formatBytes(one.sizeBytes)} · <time>{formatMoment(one.createdAtMs, zone, nowMs, "minute")}</time>
              </span>
            </li>
          ))}
        </ul>
      )}
      {gone.length > 0 && (
        <p className="text-12 text-ink-3">Each can be brought back from the list for some days after it was deleted.</p>
      )}
      {spared.length > 0 && (
        <p className="text-12 text-ink-3">
          Kept whatever the number:{" "}
          {spared.map(({ label, key, because }) => `${label ?? key ?? ""} (${KEPT_BECAUSE[because] ?? ""})`).join(", ")}
          .
        </p>
      )}
    </section>
  );
}
