"use client";

import { CircleAlert, Clock } from "lucide-react";
import { useId } from "react";
import { useHydrated } from "../../lib/client/hooks/use-hydrated.ts";
import { CRON_FIELDS } from "../../lib/domain/cron-expression.ts";
import { clockNoteWords, describeInUtc, describeSchedule } from "../../lib/domain/schedule-words.ts";
import { isKnownZone } from "../../lib/domain/zoned-time.ts";
import { Button } from "../ui/button.tsx";
import { Field, SelectInput, TextInput } from "../ui/field.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import type { ReadCron, ScheduleFormValues } from "./schedule-form-values.ts";

const PRESETS = [
  { text: "Every hour", cron: "0 * * * *" },
  { text: "Every 6 hours", cron: "0 */6 * * *" },
  { text: "Every night", cron: "30 2 * * *" },
  { text: "Weekdays", cron: "30 2 * * 1-5" },
  { text: "Sundays", cron: "30 2 * * 0" },
];
const DELAYS = [
  { seconds: 0, text: "on the minute" },
  { seconds: 300, text: "up to 5 m late" },
  { seconds: 900, text: "up to 15 m late" },
  { seconds: 3600, text: "up to 1 h late" },
];

type Props = {
  values: Pick<ScheduleFormValues, "fields" | "zone" | "jitterSeconds">;
  read: ReadCron;
  nowMs: number;
  onChange: (change: Partial<ScheduleFormValues>) => void;
};

/** When it runs: in a sentence first, then as five fields and a zone, with what the changes of the clocks do to it. */
export function CronCard({ values, read, nowMs, onChange }: Props) {
  const { fields, zone } = values;
  const id = useId();
  const isZone = isKnownZone(zone);
  const written = fields.join(" ");
  const set = (index: number, text: string) => {
    const pasted = text.trim().split(/\s+/);
    onChange({ fields: pasted.length === 5 ? pasted : fields.map((field, at) => (at === index ? text : field)) });
  };
  return (
    <div className="mb-6 rounded-3 border border-line-strong p-5 max-wide:p-4">
      <div id={`${id}-says`} aria-live="polite" className="mb-4 min-h-[50px]">
        <Says read={read} zone={isZone ? zone : "UTC"} nowMs={nowMs} />
      </div>
      <div className="grid grid-cols-5 gap-2 max-wide:gap-1">
        {CRON_FIELDS.map((field, index) => (
          <div key={field} className="min-w-0 text-center">
            <TextInput
              id={`${id}-${index}`}
              value={fields[index] ?? ""}
              onChange={(event) => set(index, event.currentTarget.value)}
              aria-invalid={!read.ok && read.field === field ? true : undefined}
              aria-describedby={`${id}-says`}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              className="h-[42px]! px-1! text-center font-mono text-16"
            />
            <label htmlFor={`${id}-${index}`} className="mt-1.5 block text-12 text-ink-3">
              {field}
            </label>
          </div>
        ))}
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <span className="text-12 text-ink-3">Start from</span>
        {PRESETS.map(({ text, cron }) => (
          <Button
            key={cron}
            size="small"
            tone={written === cron ? "secondary" : "quiet"}
            aria-pressed={written === cron}
            onClick={() => onChange({ fields: cron.split(" ") })}
          >
            {text}
          </Button>
        ))}
      </div>
      <div className="mt-4 grid grid-cols-[260px_minmax(0,1fr)] items-start gap-x-6 gap-y-4 max-wide:grid-cols-1">
        <ZoneField zone={zone} onChange={(next) => onChange({ zone: next })} />
        <ul className="grid gap-2 wide:pt-[22px]">
          {read.ok &&
            isZone &&
            clockNoteWords(read.cron, zone, nowMs).map((note) => (
              <li key={note} className="flex gap-2.5 rounded-2 bg-sunken px-2.5 py-1.5 text-ink-2">
                <Clock size={14} strokeWidth={1.6} aria-hidden className="mt-[3px] shrink-0" />
                {note}
              </li>
            ))}
        </ul>
        <Field label="Begins">
          {(control) => (
            <SelectInput
              {...control}
              value={String(values.jitterSeconds)}
              onChange={(event) => onChange({ jitterSeconds: Number(event.currentTarget.value) })}
            >
              {DELAYS.some(({ seconds }) => seconds === values.jitterSeconds) || (
                <option value={String(values.jitterSeconds)}>up to {values.jitterSeconds} s late</option>
              )}
              {DELAYS.map(({ seconds, text }) => (
                <option key={seconds} value={String(seconds)}>
                  {text}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        <p className="text-12 text-ink-3 wide:pt-[30px]">
          {values.jitterSeconds === 0
            ? "Schedules that are due at once begin at once."
            : "The same delay each time, another one for each schedule, so that not all begin at once."}
        </p>
      </div>
    </div>
  );
}

function Says({ read, zone, nowMs }: { read: ReadCron; zone: string; nowMs: number }) {
  if (read.ok) {
    const inUtc = describeInUtc(read.cron, zone, nowMs);
    return (
      <>
        <p className="text-20 font-semibold tracking-[-0.02em] text-balance">{describeSchedule(read.cron, zone)}</p>
        <p className="mt-0.5 text-ink-2">{inUtc ?? "The clocks of UTC are never changed."}</p>
      </>
    );
  }
  return (
    <div className="flex gap-2.5 text-danger-text">
      <CircleAlert size={16} strokeWidth={1.6} aria-hidden className="mt-1.5 shrink-0" />
      <div>
        <p className="text-20 font-semibold tracking-[-0.02em]">{read.cause}</p>
        <p className="mt-0.5">{read.hint}</p>
      </div>
    </div>
  );
}

/** The zones that browsers know, offered while one types. */
function ZoneField({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const listId = useId();
  // Which zones there are only the browser knows.
  const isHydrated = useHydrated();
  const isWrong = zone.trim() !== "" && !isKnownZone(zone.trim());
  return (
    <Field
      label="Zone"
      error={isWrong ? "Nobody knows this time zone; give one like Europe/Berlin or UTC." : undefined}
    >
      {(control) => (
        <>
          <TextInput
            {...control}
            value={zone}
            list={listId}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            className={joinClasses(isWrong && "border-danger")}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          <datalist id={listId}>
            {isHydrated &&
              ["UTC", ...Intl.supportedValuesOf("timeZone")].map((one) => <option key={one} value={one} />)}
          </datalist>
        </>
      )}
    </Field>
  );
}
