import type { DiskBudgetView } from "../../lib/client/disk-budget-types.ts";
import { WARNING_FROM } from "../../lib/domain/disk-budget.ts";
import { joinClasses } from "../ui/join-classes.ts";

/** What is taken of the limit, with a tick where people are told and where something begins to give way. */
export function BudgetBar({ measured }: { measured: NonNullable<DiskBudgetView["measured"]> }) {
  const { share, level, plan } = measured;
  const first = plan[0]?.from ?? 1;
  const tone = level === "fine" ? "bg-ok" : level === "warning" ? "bg-warn" : "bg-danger";
  const ticks = [
    { at: WARNING_FROM, words: "told" },
    { at: first, words: "gives way" },
  ];
  return (
    <div>
      <div
        role="img"
        aria-label={`${Math.round(share * 100)} % of the limit is taken`}
        className="relative h-2 overflow-hidden rounded-[2px] bg-pressed"
      >
        <div className={joinClasses("h-full", tone)} style={{ width: `${Math.min(1, share) * 100}%` }} />
        {ticks.map(({ at }) => (
          <span key={at} aria-hidden className="absolute top-0 h-full w-px bg-ink-3" style={{ left: `${at * 100}%` }} />
        ))}
      </div>
      <div aria-hidden className="relative h-4 text-11 text-ink-3">
        <span className="absolute -translate-x-full pr-1.5" style={{ left: `${WARNING_FROM * 100}%` }}>
          warning
        </span>
        <span className="absolute -translate-x-full pr-1.5 whitespace-nowrap" style={{ left: "100%" }}>
          gives way
        </span>
      </div>
    </div>
  );
}
