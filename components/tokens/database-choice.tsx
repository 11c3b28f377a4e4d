"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { ChoiceCard } from "../ui/choice-card.tsx";

/** Where a token is good: everywhere in the namespace, or in the ticked databases alone. */
export function DatabaseChoice({
  databases,
  value,
  onChange,
}: {
  databases: readonly DatabaseView[];
  value: "all" | readonly string[];
  onChange: (value: "all" | readonly string[]) => void;
}) {
  const chosen = value === "all" ? [] : value;
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-12 font-medium">Where</legend>
      <ChoiceCard name="databases" checked={value === "all"} title="All databases" onChoose={() => onChange("all")}>
        Those that come later as well.
      </ChoiceCard>
      <ChoiceCard name="databases" checked={value !== "all"} title="These alone" onChoose={() => onChange(chosen)}>
        The others do not exist for it, and neither do members, tokens and the audit log.
      </ChoiceCard>
      {value !== "all" && (
        <ul className="mt-1 grid max-h-40 grid-cols-2 gap-x-4 overflow-y-auto rounded-2 border border-line px-3 py-1.5 max-wide:grid-cols-1">
          {databases.length === 0 && <li className="text-ink-3">There is no database yet.</li>}
          {databases.map(({ id, name }) => (
            <li key={id}>
              <label className="flex min-h-7 cursor-pointer items-center gap-2 max-wide:min-h-11">
                <input
                  type="checkbox"
                  checked={chosen.includes(id)}
                  onChange={(event) =>
                    onChange(event.currentTarget.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                  }
                  className="size-4 shrink-0 accent-(--accent)"
                />
                <span className="truncate">{name}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
