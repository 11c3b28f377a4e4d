import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { GiveBackPlan, GiveBackTablePlan } from "../../lib/domain/give-back.ts";
import { CellText } from "../past/cell-text.tsx";
import { isSameCell } from "../past/show-cell.ts";
import { SCROLLED_BY_KEYBOARD } from "../ui/scrolled-by-keyboard.ts";

const COLUMNS = [
  { of: "inserted", head: "Put in again" },
  { of: "setBack", head: "Set back" },
  { of: "removed", head: "Taken away" },
  { of: "inConflict", head: "In conflict" },
] as const;

/** What would happen to each table, in rows, with a look at the first few. */
export function GiveBackTables({ plan }: { plan: GiveBackPlan }) {
  const columns = COLUMNS.filter(({ of }) => of === "inserted" || plan.tables.some((table) => table[of] > 0));
  return (
    <section aria-label="What will happen">
      <h3 className="mb-2 text-14 font-semibold">What will happen</h3>
      {plan.rows === 0 && plan.conflicts.length === 0 && (
        <p className="mb-3 text-14">Nothing: the chosen rows are there as they were.</p>
      )}
      <table className="w-full">
        <thead>
          <tr className="border-b border-line-strong text-12 text-ink-2">
            <th scope="col" className="py-1.5 text-left font-[450]">
              Table
            </th>
            {columns.map(({ of, head }) => (
              <th key={of} scope="col" className="py-1.5 pl-3 text-right font-[450]">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {plan.tables.map((table) => (
            <TableRow key={table.name} table={table} columns={columns} />
          ))}
        </tbody>
      </table>
      {plan.rows > 0 && (
        <p className="mt-2.5 text-12 text-ink-3">
          {formatCount(plan.rows, "row")} in one transaction, about {formatDuration(plan.estimateMs)}. Programs see all
          of them or none.
        </p>
      )}
      {plan.tables.map((table) => (
        <Samples key={table.name} table={table} />
      ))}
    </section>
  );
}

function TableRow({ table, columns }: { table: GiveBackTablePlan; columns: readonly (typeof COLUMNS)[number][] }) {
  const remarks = [
    table.neededBy.length > 0 && `comes along: ${table.neededBy.join(", ")} refers to it`,
    table.unchanged > 0 && `${formatCount(table.unchanged, "row")} as they were already`,
    table.unknown > 0 && `${formatCount(table.unknown, "row")} not there at that moment`,
  ].filter((one) => one !== false);
  return (
    <tr className="border-b border-line">
      <th scope="row" className="py-2 text-left font-normal">
        <code className="font-semibold">{table.name}</code>
        {remarks.map((remark) => (
          <small key={remark} className="block text-12 text-ink-3">
            {remark}
          </small>
        ))}
      </th>
      {columns.map(({ of }) => (
        <td key={of} className={table[of] === 0 ? "pl-3 text-right text-ink-3" : "pl-3 text-right"}>
          {formatNumber(table[of])}
        </td>
      ))}
    </tr>
  );
}

function Samples({ table }: { table: GiveBackTablePlan }) {
  if (table.samples.length === 0) return null;
  return (
    <details className="mt-3">
      <summary className="rounded-1 text-12 font-medium text-accent">
        The first {formatCount(table.samples.length, "row")} of {table.name}
      </summary>
      <section aria-label={`Rows of ${table.name}`} {...SCROLLED_BY_KEYBOARD} className="mt-1.5 overflow-x-auto">
        <table className="font-mono text-12">
          <thead>
            <tr className="text-left text-ink-2">
              {table.columns.map(({ name }) => (
                <th key={name} scope="col" className="border border-line bg-sunken px-2 py-1 font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.samples.map((sample) => (
              <tr key={sample.key} className={sample.now === null ? "bg-ok-soft" : undefined}>
                {table.columns.map(({ name }, index) => {
                  const now = sample.now?.[index] ?? null;
                  const then = sample.past?.[index] ?? null;
                  const changes = sample.now !== null && !isSameCell(now, then);
                  return (
                    <td
                      key={name}
                      className={`max-w-60 truncate border border-line px-2 py-1 ${changes ? "bg-warn-soft" : ""}`}
                    >
                      <CellText cell={then} />
                      {changes && (
                        <span className="ml-2 text-ink-2">
                          now <CellText cell={now} />
                        </span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
