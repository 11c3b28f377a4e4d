"use client";

import { EVENT_TYPES, type EventType } from "../../lib/domain/event.ts";
import { TickField } from "../ui/checkbox.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";
import { EVENT_WORDS } from "./webhook-words.ts";

/** What is told: everything, or the ticked events. */
export function EventChoice({
  value,
  onChange,
}: {
  value: "all" | readonly EventType[];
  onChange: (value: "all" | readonly EventType[]) => void;
}) {
  const chosen = value === "all" ? [] : value;
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-12 font-medium">It is told when</legend>
      <ChoiceCard name="events" checked={value === "all"} title="Anything happens" onChoose={() => onChange("all")}>
        Kinds of events that come later as well.
      </ChoiceCard>
      <ChoiceCard
        name="events"
        checked={value !== "all"}
        title="One of these happens"
        onChoose={() => onChange(value === "all" ? ["backup.failed", "restore.failed", "capture.stopped"] : value)}
      />
      {value !== "all" && (
        <ul className="mt-1 grid rounded-2 border border-line px-3 py-1.5">
          {EVENT_TYPES.map((type) => (
            <li key={type} className="py-1">
              <TickField
                words={
                  <>
                    {EVENT_WORDS[type]} <code className="text-12 text-ink-3">{type}</code>
                  </>
                }
                checked={chosen.includes(type)}
                onChange={(event) =>
                  onChange(event.currentTarget.checked ? [...chosen, type] : chosen.filter((one) => one !== type))
                }
              />
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
