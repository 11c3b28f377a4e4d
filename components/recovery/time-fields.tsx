"use client";

import { type KeyboardEvent, useEffect, useState } from "react";
import type { WallTime } from "../../lib/domain/zoned-time.ts";
import { TextInput } from "../ui/field.tsx";
import { joinClasses } from "../ui/join-classes.ts";

type Part = "hour" | "minute" | "second" | "millisecond";

const PARTS: readonly { part: Part; label: string; digits: number; most: number; lead: string }[] = [
  { part: "hour", label: "Hours", digits: 2, most: 23, lead: "" },
  { part: "minute", label: "Minutes", digits: 2, most: 59, lead: ":" },
  { part: "second", label: "Seconds", digits: 2, most: 59, lead: ":" },
  { part: "millisecond", label: "Milliseconds", digits: 3, most: 999, lead: "." },
];

/** The exact time in four fields. Up and down count; a field is taken over when it is left or Enter is pressed. */
export function TimeFields({ wall, onChange }: { wall: WallTime; onChange: (wall: WallTime) => void }) {
  return (
    <fieldset aria-label="Time" className="flex items-center gap-0.5">
      {PARTS.map(({ part, label, digits, most, lead }) => (
        <span key={part} className="flex items-center gap-0.5">
          {lead && (
            <span aria-hidden className="text-ink-3">
              {lead}
            </span>
          )}
          <TimeField
            label={label}
            value={wall[part]}
            digits={digits}
            most={most}
            onChange={(value) => onChange({ ...wall, [part]: value })}
          />
        </span>
      ))}
    </fieldset>
  );
}

function TimeField({
  label,
  value,
  digits,
  most,
  onChange,
}: {
  label: string;
  value: number;
  digits: number;
  most: number;
  onChange: (value: number) => void;
}) {
  const written = String(value).padStart(digits, "0");
  const [draft, setDraft] = useState(written);
  useEffect(() => setDraft(written), [written]);
  const number = /^\d+$/.test(draft) ? Number(draft) : Number.NaN;
  const isRefused = !(number <= most);
  const takeOver = () => {
    if (isRefused) setDraft(written);
    else if (number !== value) onChange(number);
    else setDraft(written);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") takeOver();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const next = value + (event.key === "ArrowUp" ? 1 : -1);
    onChange((next + most + 1) % (most + 1));
  };
  return (
    <TextInput
      aria-label={label}
      aria-invalid={isRefused || undefined}
      inputMode="numeric"
      autoComplete="off"
      maxLength={digits}
      value={draft}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={takeOver}
      onKeyDown={onKeyDown}
      className={joinClasses("px-0 text-center font-mono", digits === 3 ? "w-[52px]" : "w-[42px]")}
    />
  );
}
