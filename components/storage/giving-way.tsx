import type { DiskBudgetView } from "../../lib/client/disk-budget-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { STEP_WORDS } from "../../lib/domain/disk-budget.ts";
import { Chip } from "../ui/chip.tsx";
import { MomentText } from "../ui/moment-text.tsx";

/** What gives way when room runs out, in order, and what already has. Backups and the databases never do. */
export function GivingWay({ measured }: { measured: NonNullable<DiskBudgetView["measured"]> }) {
  return (
    <details className="group rounded-3 border border-line bg-surface" open={measured.level !== "fine"}>
      <summary className="cursor-pointer px-4 py-2.5 font-medium">What gives way when room runs out</summary>
      <ol className="divide-y divide-line border-t border-line">
        {measured.plan.map(({ step, what, means, from, isDue, bytes }, index) => (
          <li key={step} className="grid grid-cols-[1.25rem_1fr_max-content] gap-x-2 px-4 py-2.5">
            <span className="text-ink-3">{index + 1}</span>
            <span className="min-w-0">
              <span className="flex flex-wrap items-center gap-2 font-medium">
                {what} {isDue && <Chip tone="danger">now</Chip>}
              </span>
              <span className="text-ink-2">{means}</span>
            </span>
            <span className="text-right text-ink-2">
              from {Math.round(from * 100)} %
              {bytes !== null && bytes > 0 && <span className="block">gives {formatBytes(bytes)}</span>}
            </span>
          </li>
        ))}
      </ol>
      <p className="border-t border-line px-4 py-2.5 text-ink-2">
        Never: backups, databases, what a protected label, an approval or a restore under way needs, and the days of
        history that are set to stay.
      </p>
      {measured.gave.length > 0 && (
        <h3 id="gave-way" className="border-t border-line px-4 pt-3 pb-1 font-medium">
          What gave way
        </h3>
      )}
      {measured.gave.length > 0 && (
        <ul aria-labelledby="gave-way" className="divide-y divide-line">
          {measured.gave.map(({ atMs, step, name, bytes }) => (
            <li key={`${atMs} ${step}`} className="flex flex-wrap justify-between gap-x-4 px-4 py-2">
              <span>
                {STEP_WORDS[step].what}
                {name && <span className="text-ink-2"> of {name}</span>}
                {bytes > 0 && <span className="text-ink-2">, {formatBytes(bytes)}</span>}
              </span>
              <span className="text-ink-2">
                <MomentText ms={atMs} precision="minute" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
