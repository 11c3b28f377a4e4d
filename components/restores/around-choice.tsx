"use client";

import { TriangleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import type { AroundOffer } from "../../lib/domain/hooks.ts";
import { Checkbox } from "../ui/checkbox.tsx";
import { SelectInput } from "../ui/field.tsx";
import { Note } from "../ui/note.tsx";
import type { AroundBody } from "./restore-actions.ts";

const LENGTHS = [15, 30, 60];

/** What may go on around a restore in place; nothing where nothing is offered. */
export function AroundChoice({
  offer,
  value,
  onChange,
}: {
  offer: AroundOffer | null;
  value: AroundBody;
  onChange: (value: AroundBody) => void;
}) {
  const id = useId();
  const hasHooks = offer !== null && (offer.hooks.before || offer.hooks.after);
  const problem = offer?.hooks.problem ?? null;
  const most = offer?.mostFenceSeconds ?? null;
  if (most === null && !hasHooks && problem === null) return null;
  const { fenceSeconds, ...withoutFence } = value;
  return (
    <fieldset className="mb-4 grid gap-2.5 border-b border-line pb-4">
      <legend className="mb-1.5 text-12 font-medium">Around it</legend>
      {most !== null && (
        <Choice
          id={`${id}-fence`}
          words="Hold writes"
          isChosen={fenceSeconds !== undefined}
          onChange={(isChosen) => onChange(isChosen ? { ...value, fenceSeconds: Math.min(30, most) } : withoutFence)}
          means="Other programs cannot commit from just before the swap until you let them: time to restart yours. Reading goes on."
        >
          {fenceSeconds !== undefined && (
            <SelectInput
              aria-label="For at most"
              className="mt-1 w-auto!"
              value={fenceSeconds}
              onChange={(event) => onChange({ ...value, fenceSeconds: Number(event.currentTarget.value) })}
            >
              {LENGTHS.filter((seconds) => seconds <= most).map((seconds) => (
                <option key={seconds} value={seconds}>{`for at most ${seconds} s`}</option>
              ))}
            </SelectInput>
          )}
        </Choice>
      )}
      {hasHooks && (
        <Choice
          id={`${id}-hooks`}
          words="Run the operator's hooks"
          isChosen={value.runHooks === true}
          onChange={(runHooks) => onChange({ ...value, runHooks })}
          means={hookWords(offer.hooks)}
        />
      )}
      {problem !== null && (
        <Note
          tone="warn"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title="The operator's hooks cannot run."
        >
          <span className="break-words">{problem}</span>
        </Note>
      )}
    </fieldset>
  );
}

function hookWords({ before, after }: AroundOffer["hooks"]): string {
  if (before && after) return "One runs before the swap and stops it when it fails, one afterwards.";
  return before ? "It runs before the swap, and stops it when it fails." : "It runs once the moment is reached.";
}

function Choice({
  id,
  words,
  means,
  isChosen,
  onChange,
  children,
}: {
  id: string;
  words: string;
  means: string;
  isChosen: boolean;
  onChange: (isChosen: boolean) => void;
  children?: ReactNode;
}) {
  return (
    <div className="grid grid-cols-[auto_1fr] gap-x-2">
      <Checkbox
        id={id}
        className="mt-0.5"
        checked={isChosen}
        aria-describedby={`${id}-means`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label htmlFor={id} className="font-[550]">
          {words}
        </label>
        <p id={`${id}-means`} className="text-12 text-ink-3">
          {means}
        </p>
        {children}
      </div>
    </div>
  );
}
