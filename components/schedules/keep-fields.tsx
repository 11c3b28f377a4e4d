"use client";

import type { ReactNode } from "react";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import type { ScheduleDetail } from "../../lib/client/schedule-types.ts";
import { Field, TextInput } from "../ui/field.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import type { ScheduleFormValues } from "./schedule-form-values.ts";

const HORIZON_DAYS = 28;
const DAY_MS = 86_400_000;

/** Runs a day, by those of the four weeks to come. */
export const runsPerDay = (runs: readonly number[], fromMs: number) =>
  runs.filter((ms) => ms < fromMs + HORIZON_DAYS * DAY_MS).length / HORIZON_DAYS;

/** How many backups there will be at most, and how much that is; null where their number grows for ever. */
export function levelsOff(
  { retentionDays, keepAtMost }: { retentionDays: number | null; keepAtMost: number | null },
  perDay: number,
): number | null {
  const byDays = retentionDays === null ? null : Math.max(1, Math.ceil(retentionDays * perDay));
  if (byDays === null) return keepAtMost;
  return keepAtMost === null ? byDays : Math.min(byDays, keepAtMost);
}

/** How long the schedule's backups stay, and what that comes to. */
export function KeepFields({
  values,
  errors,
  limits,
  perDay,
  lastBackup,
  onChange,
}: {
  values: Pick<ScheduleFormValues, "retentionDays" | "keepAtMost">;
  errors: { retentionDays?: string | undefined; keepAtMost?: string | undefined };
  /** As the fields say; null while they cannot be read. */
  limits: { retentionDays: number | null; keepAtMost: number | null } | null;
  perDay: number | null;
  lastBackup: ScheduleDetail["lastBackup"];
  onChange: (change: Partial<ScheduleFormValues>) => void;
}) {
  return (
    <section aria-labelledby="keep" className="mb-6">
      <h2 id="keep" className="mb-3 text-14 font-semibold">
        Keep
      </h2>
      <div className="grid grid-cols-[160px_160px_minmax(0,1fr)] items-start gap-4 max-wide:grid-cols-2">
        <Limit
          label="At most"
          remark="1 to 365 d"
          unit="days"
          value={values.retentionDays}
          error={errors.retentionDays}
          onChange={(retentionDays) => onChange({ retentionDays })}
        />
        <Limit
          label="And at most"
          unit="backups"
          value={values.keepAtMost}
          error={errors.keepAtMost}
          onChange={(keepAtMost) => onChange({ keepAtMost })}
        />
        <p className="text-ink-2 wide:pt-[29px] max-wide:col-span-2">
          {limits === null || perDay === null ? "" : keepWords(limits, perDay, lastBackup)}
        </p>
      </div>
    </section>
  );
}

function keepWords(
  limits: { retentionDays: number | null; keepAtMost: number | null },
  perDay: number,
  lastBackup: ScheduleDetail["lastBackup"],
): string {
  const count = levelsOff(limits, perDay);
  const both = limits.retentionDays !== null && limits.keepAtMost !== null ? "Whichever comes first. " : "";
  if (count === null) return "All of them stay: their number grows for as long as the schedule runs.";
  const size = lastBackup === null ? "" : `, about ${formatBytes(lastBackup.sizeBytes * count)}`;
  return `${both}Levels off at ${formatCount(count, "backup")}${size}.`;
}

function Limit({
  label,
  remark,
  unit,
  value,
  error,
  onChange,
}: {
  label: string;
  remark?: ReactNode;
  unit: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <Field label={label} remark={remark} error={error}>
      {(control) => (
        <div className="relative">
          <TextInput
            {...control}
            value={value}
            inputMode="numeric"
            placeholder="no limit of"
            autoComplete="off"
            onChange={(event) => onChange(event.currentTarget.value)}
            className={joinClasses("text-right", unit === "days" ? "pr-12!" : "pr-[72px]!")}
          />
          <span className="pointer-events-none absolute inset-y-0 right-2.5 grid place-items-center text-ink-3">
            {unit}
          </span>
        </div>
      )}
    </Field>
  );
}
