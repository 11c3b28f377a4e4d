"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { TickField } from "../ui/checkbox.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";

export type Covered = "all" | readonly string[];

/** Which databases something is about: all of the namespace, or the ticked ones. */
export function CoveredChoice({
  legend,
  databases,
  value,
  onChange,
}: {
  legend: string;
  databases: readonly Pick<DatabaseView, "id" | "name">[];
  value: Covered;
  onChange: (value: Covered) => void;
}) {
  const chosen = value === "all" ? [] : value;
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-12 font-medium">{legend}</legend>
      <ChoiceCard name="covered" checked={value === "all"} title="All databases" onChoose={() => onChange("all")}>
        Those that come later as well.
      </ChoiceCard>
      <ChoiceCard name="covered" checked={value !== "all"} title="These alone" onChoose={() => onChange(chosen)} />
      {value !== "all" && (
        <ul className="mt-1 grid max-h-40 grid-cols-2 gap-x-4 overflow-y-auto rounded-2 border border-line px-3 py-1.5 max-wide:grid-cols-1">
          {databases.length === 0 && <li className="text-ink-3">There is no database yet.</li>}
          {databases.map(({ id, name }) => (
            <li key={id} className="py-1">
              <TickField
                words={<span className="wrap-anywhere">{name}</span>}
                checked={chosen.includes(id)}
                onChange={(event) =>
                  onChange(event.currentTarget.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                }
              />
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
