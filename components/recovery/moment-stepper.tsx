"use client";

import { ChevronLeft, ChevronRight, ChevronsLeft, ChevronsRight } from "lucide-react";
import type { ReactNode } from "react";
import { joinClasses } from "../ui/join-classes.ts";

export type StepUnit = "commit" | "second" | "minute";
export type StepDirection = "before" | "after";

const STEPS: readonly { unit: StepUnit; direction: StepDirection; words: string; face: ReactNode }[] = [
  {
    unit: "minute",
    direction: "before",
    words: "1 m back (Alt ←)",
    face: (
      <>
        <ChevronsLeft size={14} strokeWidth={1.6} aria-hidden />1 m
      </>
    ),
  },
  { unit: "second", direction: "before", words: "1 s back (Shift ←)", face: "1 s" },
  {
    unit: "commit",
    direction: "before",
    words: "One commit back (←)",
    face: (
      <>
        <ChevronLeft size={14} strokeWidth={1.6} aria-hidden />
        commit
      </>
    ),
  },
  {
    unit: "commit",
    direction: "after",
    words: "One commit on (→)",
    face: (
      <>
        commit
        <ChevronRight size={14} strokeWidth={1.6} aria-hidden />
      </>
    ),
  },
  { unit: "second", direction: "after", words: "1 s on (Shift →)", face: "1 s" },
  {
    unit: "minute",
    direction: "after",
    words: "1 m on (Alt →)",
    face: (
      <>
        1 m<ChevronsRight size={14} strokeWidth={1.6} aria-hidden />
      </>
    ),
  },
];

/** Steps by transaction, second and minute. */
export function MomentStepper({
  onStep,
  className,
}: {
  onStep: (unit: StepUnit, direction: StepDirection) => void;
  className?: string;
}) {
  return (
    <fieldset aria-label="Step" className={joinClasses("grid grid-cols-[repeat(6,auto)] bg-canvas", className)}>
      {STEPS.map(({ unit, direction, words, face }) => (
        <button
          key={`${unit}-${direction}`}
          type="button"
          title={words}
          aria-label={words}
          onClick={() => onStep(unit, direction)}
          className={joinClasses(
            "flex h-8 items-center justify-center gap-1 border-l border-line px-1 text-12 font-medium text-ink-2 first:border-l-0 hover:bg-hover hover:text-ink max-wide:h-11 touch:h-11",
            unit === "commit" && "text-ink",
          )}
        >
          {face}
        </button>
      ))}
    </fieldset>
  );
}
