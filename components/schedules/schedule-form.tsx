"use client";

import type { ReactNode } from "react";
import type { ScheduleDetail } from "../../lib/client/schedule-types.ts";
import { runsBetween } from "../../lib/domain/schedule-times.ts";
import { isKnownZone } from "../../lib/domain/zoned-time.ts";
import { Field, TextInput } from "../ui/field.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { CronCard } from "./cron-card.tsx";
import { KeepFields, runsPerDay } from "./keep-fields.tsx";
import { type ReadCron, readDraft, type ScheduleFormValues } from "./schedule-form-values.ts";
import { KIND_WORDS } from "./schedule-words.ts";

const DAY_MS = 86_400_000;

/** The fields of a schedule, each telling at once what it means. */
export function ScheduleForm({
  values,
  read,
  nowMs,
  lastBackup,
  disabled,
  above,
  onChange,
}: {
  values: ScheduleFormValues;
  read: ReadCron;
  nowMs: number;
  lastBackup: ScheduleDetail["lastBackup"];
  disabled: boolean;
  /** Before the name. */
  above?: ReactNode;
  onChange: (change: Partial<ScheduleFormValues>) => void;
}) {
  const { draft, errors } = readDraft(values, true);
  const zone = isKnownZone(values.zone) ? values.zone : "UTC";
  // To the hour, so that the number does not change while one looks at it.
  const fromMs = Math.floor(nowMs / 3_600_000) * 3_600_000;
  const perDay = read.ok
    ? runsPerDay(runsBetween(read.cron, zone, { afterMs: fromMs, upToMs: fromMs + 28 * DAY_MS }), fromMs)
    : null;
  return (
    <fieldset disabled={disabled} className="min-w-0">
      <div className="mb-6 grid grid-cols-[260px_minmax(0,1fr)] gap-x-6 gap-y-4 max-wide:grid-cols-1">
        {above}
        <Field label="Name" error={values.name.trim() === "" ? "Give it a name." : errors.name}>
          {(control) => (
            <TextInput
              {...control}
              value={values.name}
              maxLength={60}
              autoComplete="off"
              onChange={(event) => onChange({ name: event.currentTarget.value })}
            />
          )}
        </Field>
        <div>
          <p className="mb-1.5 text-12 font-medium">What it makes</p>
          <Segmented
            label="What it makes"
            value={values.kind}
            options={(["physical", "portable"] as const).map((kind) => ({ value: kind, text: KIND_WORDS[kind] }))}
            onChange={(kind) => onChange({ kind })}
            className={disabled ? "pointer-events-none opacity-60" : "h-8 max-wide:h-auto touch:h-auto *:h-full"}
          />
        </div>
      </div>
      <CronCard values={values} read={read} nowMs={nowMs} onChange={onChange} />
      <KeepFields
        values={values}
        errors={errors}
        limits={draft}
        perDay={perDay}
        lastBackup={lastBackup}
        onChange={onChange}
      />
    </fieldset>
  );
}
