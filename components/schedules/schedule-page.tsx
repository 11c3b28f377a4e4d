"use client";

import { useMutation } from "@tanstack/react-query";
import { Ellipsis, Pause, Play, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { apiClient } from "../../lib/client/api-client.ts";
import { useSchedule } from "../../lib/client/hooks/use-schedules.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { RetentionPlanView, RetentionView } from "../../lib/client/retention-types.ts";
import type { ScheduleDetail } from "../../lib/client/schedule-types.ts";
import { keepsLess, type ScheduleDraft } from "../../lib/domain/schedule.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { DeleteScheduleDialog } from "./delete-schedule-dialog.tsx";
import { KeepLessDialog } from "./keep-less-dialog.tsx";
import { RunHistory } from "./run-history.tsx";
import type { ScheduleActions } from "./schedule-actions.ts";
import { ScheduleForm } from "./schedule-form.tsx";
import { changeOf, readCron, readDraft, type ScheduleFormValues, toFormValues } from "./schedule-form-values.ts";
import { ScheduleInspector } from "./schedule-inspector.tsx";

/** One schedule: what it does in words and fields, when it runs next, and what came of its runs. */
export function SchedulePage({
  initial,
  renderedAtMs,
  actions,
}: {
  initial: ScheduleDetail;
  renderedAtMs: number;
  actions: ScheduleActions;
}) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? renderedAtMs;
  const query = useSchedule(namespace.slug, initial.database.id, initial.id, initial);
  const schedule = query.data ?? initial;
  const { id, database, version, active } = schedule;
  const of = { namespace: namespace.slug, database: database.id, schedule: id };
  const [values, setValues] = useState<ScheduleFormValues>(() => toFormValues(initial));
  // What was read when the fields were last filled: a change is measured against it and names its version.
  const [base, setBase] = useState<ScheduleDetail>(initial);
  const [isDeleting, setDeleting] = useState(false);
  const [going, setGoing] = useState<RetentionPlanView | null>(null);
  const refusal = useRefusal("schedule.change");
  const saving = useServerAction(namespace.slug, actions.save);
  const pausing = useServerAction(namespace.slug, actions.save);
  const read = useMemo(() => readCron(values.fields), [values.fields]);
  const { draft } = readDraft(values, base.active);
  const change = draft === null ? null : changeOf(base, draft);
  const isChanged = change === null || Object.keys(change).length > 0;
  const isMoved = version !== base.version && !saving.isPending && !pausing.isPending;
  const take = (read: ScheduleDetail) => {
    setBase(read);
    setValues(toFormValues(read));
  };
  const save = (shown?: RetentionPlanView) => {
    if (change === null) return;
    const planDigest = shown === undefined ? {} : { planDigest: shown.digest };
    saving.mutate(
      { ...of, change, version: base.version, ...planDigest },
      {
        onSuccess: (saved) => {
          take(saved);
          setGoing(null);
        },
      },
    );
  };
  const looking = useMutation<RetentionView, Error, ScheduleDraft>({
    mutationFn: ({ retentionDays, keepAtMost }) =>
      apiClient.retentionPlan(namespace.slug, database.id, { schedule: { id, retentionDays, keepAtMost } }),
    // What goes is shown first; where nothing does there is nothing to ask.
    onSuccess: ({ plan }) => (plan.deletions.length + plan.later.length > 0 ? setGoing(plan) : save()),
  });
  const submit = () => {
    if (draft === null) return;
    if (keepsLess(base, draft)) looking.mutate(draft);
    else save();
  };
  const isSaving = saving.isPending || looking.isPending;
  const pause = () =>
    pausing.mutate(
      { ...of, change: { active: !active }, version },
      // The fields keep what was typed; only what they are measured against is another.
      { onSuccess: setBase },
    );
  return (
    <main id="main" className="grid flex-1 grid-cols-[minmax(0,1fr)_344px] max-roomy:grid-cols-1">
      <div className="max-w-[848px] min-w-0 px-8 pt-6 pb-8 max-wide:p-4">
        <Head
          schedule={schedule}
          actions={actions}
          pause={{ run: pause, isPending: pausing.isPending }}
          onDelete={() => setDeleting(true)}
        />
        {(query.error ?? pausing.error) && (
          <ErrorNote error={query.error ?? pausing.error ?? new Error("not read")} className="mb-4" />
        )}
        {isMoved && (
          <Note
            tone="warn"
            live
            className="mb-4"
            title="This schedule was changed elsewhere."
            action={
              <Button size="small" onClick={() => take(schedule)}>
                Load it again
              </Button>
            }
          >
            What you see here is older.
          </Note>
        )}
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <ScheduleForm
            values={values}
            read={read}
            nowMs={nowMs}
            lastBackup={schedule.lastBackup}
            disabled={refusal !== null || isSaving}
            onChange={(next) => setValues((now) => ({ ...now, ...next }))}
          />
          {(saving.error ?? looking.error) && going === null && (
            <ErrorNote error={saving.error ?? looking.error ?? new Error("not saved")} className="mb-4" />
          )}
          <div className="flex flex-wrap items-center gap-2 border-t border-line pt-4">
            <Button
              tone="primary"
              type="submit"
              blockedBy={refusal}
              disabled={!isChanged || draft === null || isSaving}
            >
              {isSaving ? "Saving…" : "Save schedule"}
            </Button>
            <Button tone="quiet" disabled={!isChanged || isSaving} onClick={() => setValues(toFormValues(base))}>
              Discard
            </Button>
            <span role="status" className="text-ink-3">
              {saving.isSuccess && !isChanged ? "Saved." : ""}
            </span>
            <span className="ml-auto text-ink-3">
              Changed{schedule.updatedBy === null ? "" : ` by ${schedule.updatedBy}`},{" "}
              <MomentText ms={schedule.updatedAtMs} precision="minute" withZone />
            </span>
          </div>
        </form>
        <RunHistory runs={schedule.runs} />
      </div>
      <ScheduleInspector
        database={database.name}
        cron={read.ok ? read.cron : null}
        zone={draft?.zone ?? base.zone}
        nowMs={nowMs}
        lastBackup={schedule.lastBackup}
      />
      {going && (
        <KeepLessDialog
          plan={going}
          name={schedule.name}
          isBusy={saving.isPending}
          error={saving.error}
          onSave={() => save(going)}
          onClose={() => setGoing(null)}
        />
      )}
      {isDeleting && (
        <DeleteScheduleDialog schedule={schedule} remove={actions.remove} onClose={() => setDeleting(false)} />
      )}
    </main>
  );
}

function Head({
  schedule,
  actions,
  pause,
  onDelete,
}: {
  schedule: ScheduleDetail;
  actions: ScheduleActions;
  pause: { run: () => void; isPending: boolean };
  onDelete: () => void;
}) {
  const { namespace } = useViewer();
  const running = useServerAction(namespace.slug, actions.runNow);
  const refusal = useRefusal("schedule.change");
  const runRefusal = useRefusal("backup.create");
  const { id, name, database, active } = schedule;
  const icon = { size: 14, strokeWidth: 1.6, "aria-hidden": true } as const;
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center gap-2">
        <h1 className="text-20 font-semibold tracking-[-0.02em] wrap-anywhere">{name}</h1>
        <Chip tone={active ? "ok" : "warn"}>{active ? "active" : "paused"}</Chip>
        <TextLink href={`/databases/${encodeURIComponent(database.name)}/backups`} className="text-12">
          {database.name}
        </TextLink>
        <span className="flex-1" />
        <div className="flex items-center gap-2">
          <Button
            size="small"
            blockedBy={runRefusal}
            disabled={running.isPending}
            onClick={() => running.mutate({ namespace: namespace.slug, database: database.id, schedule: id })}
          >
            <Play {...icon} />
            {running.isPending ? "Starting…" : "Run now"}
          </Button>
          <Button size="small" tone="quiet" blockedBy={refusal} disabled={pause.isPending} onClick={pause.run}>
            {active ? <Pause {...icon} /> : <Play {...icon} />}
            {active ? "Pause" : "Let it go on"}
          </Button>
          {refusal === null && (
            <Menu
              trigger={
                <Button tone="quiet" size="smallIcon" aria-label={`What else to do about ${name}`}>
                  <Ellipsis size={16} strokeWidth={1.6} aria-hidden />
                </Button>
              }
            >
              <MenuItem risky icon={<Trash2 size={16} strokeWidth={1.6} aria-hidden />} onSelect={onDelete}>
                Delete schedule…
              </MenuItem>
            </Menu>
          )}
        </div>
      </div>
      <div aria-live="polite">
        {running.error && <ErrorNote error={running.error} className="mb-4" />}
        {running.isSuccess && (
          <Note tone="ok" className="mb-4" title="A backup has begun.">
            It does not change when the schedule runs next.
          </Note>
        )}
      </div>
    </>
  );
}
