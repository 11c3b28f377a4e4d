"use client";

import { formatCount } from "../../lib/client/format-count.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { endOfLife, PREVIEW_LIMITS } from "../../lib/domain/preview.ts";
import { Field, SelectInput } from "../ui/field.tsx";
import { useZone } from "../ui/use-zone.ts";

/** The times to live that are offered, hours. */
export const TTL_HOURS: readonly number[] = [1, 4, 12, 24, 72, 168, PREVIEW_LIMITS.mostTtlHours];

const hourWords = (hours: number) => (hours < 48 ? formatCount(hours, "hour") : formatCount(hours / 24, "day"));

/** How long a preview lives, and when that would be over. */
export function TtlField({
  label = "Lives for",
  choices = TTL_HOURS,
  nowMs,
  hours,
  onChange,
}: {
  label?: string;
  choices?: readonly number[];
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
          {choices.map((one) => (
            <option key={one} value={one}>
              {hourWords(one)}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}
