"use client";

import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { endOfLife, PREVIEW_LIMITS } from "../../lib/domain/preview.ts";
import { Field, SelectInput } from "../ui/field.tsx";
import { useZone } from "../ui/use-zone.ts";

const HOURS: readonly { hours: number; words: string }[] = [
  { hours: 1, words: "1 hour" },
  { hours: 4, words: "4 hours" },
  { hours: 12, words: "12 hours" },
  { hours: 24, words: "24 hours" },
  { hours: 72, words: "3 days" },
  { hours: 168, words: "7 days" },
  { hours: PREVIEW_LIMITS.mostTtlHours, words: "30 days" },
];

/** How long a preview lives, and when that would be over. */
export function TtlField({
  label = "Lives for",
  nowMs,
  hours,
  onChange,
}: {
  label?: string;
  nowMs: number;
  hours: number;
  onChange: (hours: number) => void;
}) {
  const { zone } = useZone();
  return (
    <Field
      label={label}
      className="mb-4"
      hint={
        <>
          Until{" "}
          <time>
            {formatMoment(endOfLife(nowMs, hours), zone, nowMs, "minute")} {formatZone(zone)}
          </time>
          , then it is deleted by itself.
        </>
      }
    >
      {(control) => (
        <SelectInput {...control} value={hours} onChange={(event) => onChange(Number(event.currentTarget.value))}>
          {HOURS.map((one) => (
            <option key={one.hours} value={one.hours}>
              {one.words}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}
