"use client";

import { useEffect, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import { useView } from "../../lib/client/hooks/use-view.ts";
import type { ViewBody } from "../../lib/client/view-types.ts";
import type { DatabaseDiff } from "../../lib/domain/diff.ts";
import type { RowSelection } from "../diff/row-selection.ts";
import { SelectionBar } from "../diff/selection-bar.tsx";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { DifferencesPanel } from "./differences-panel.tsx";
import { countDiffering, groupTables, pickTable } from "./group-tables.ts";
import type { PastSide } from "./past-address.ts";
import { firstStatement, tableInSql } from "./quote-name.ts";
import { SqlPanel } from "./sql-panel.tsx";
import { TableList } from "./table-list.tsx";
import { useTables } from "./use-tables.ts";

const ROWS_AT_FIRST = 500;

/** What an explorer of the past has besides one of now: the comparison, and rows to give back. */
export type Comparison = {
  nowAt: ViewBody["at"] | null;
  diff: DatabaseDiff | null;
  error: Error | null;
  selection: RowSelection;
  giveBackBlock: string | null;
  onSelection: (change: (former: RowSelection) => RowSelection) => void;
  onCompareAnew: () => void;
  onGiveBack: () => void;
};

/** The tables of a state and the rows of one of them: by SQL, and, of the past, against now. */
export function Explorer({
  database: { name: database, engine },
  at,
  chosenTable,
  chosenSide,
  onTable,
  onSide,
  comparison,
}: {
  database: Pick<DatabaseView, "name" | "engine">;
  at: ViewBody["at"] | null;
  chosenTable: string | null;
  chosenSide: PastSide | null;
  onTable: (table: string) => void;
  onSide: (side: PastSide) => void;
  /** Null: this is now, there is nothing to compare. */
  comparison: Comparison | null;
}) {
  const { namespace } = useViewer();
  const viewBlock = useRefusal("database.view");
  const diff = comparison?.diff ?? null;
  const { tables, error } = useTables(namespace.slug, { name: database, engine }, viewBlock === null ? at : null);
  const groups = groupTables(tables, diff);
  const isDecided = comparison === null || diff !== null || comparison.error !== null;
  const picked = isDecided ? pickTable(groups, diff) : null;
  const [first, setFirst] = useState<string | null>(null);
  useEffect(() => {
    if (first === null && picked !== null) setFirst(picked);
  }, [first, picked]);
  const table = chosenTable ?? first;
  const counts = diff?.tables.find(({ name }) => name === table);
  const side = chosenSide ?? (comparison && (!counts || countDiffering(counts) > 0) ? "differences" : "then");

  if (viewBlock !== null && comparison === null) return <Words>{viewBlock} Rows are not shown to you.</Words>;
  return (
    <div className="flex min-h-0 flex-1 max-wide:flex-col">
      <TableList groups={groups} chosen={table} onChoose={onTable} />
      <section aria-label={table ?? "Rows"} className="flex min-h-0 min-w-0 flex-1 flex-col">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-6 pt-3.5 pb-3 max-wide:px-4">
          <h1 className="min-w-0 truncate text-16 font-semibold">{table ?? "…"}</h1>
          {table !== null && viewBlock === null && (
            <RowCounts
              database={database}
              engine={engine}
              table={table}
              at={at}
              diff={comparison ? diff : null}
              tables={tables}
            />
          )}
          <span className="flex-1" />
          {comparison && (
            <Segmented
              label="What is shown"
              value={side}
              onChange={onSide}
              options={[
                { value: "then", text: "As it was" },
                { value: "now", text: "Now" },
                { value: "both", text: "Side by side", onlyWide: true },
                { value: "differences", text: "Differences" },
              ]}
            />
          )}
        </div>
        {comparison?.error && <ErrorNote error={comparison.error} className="mx-6 mb-3 max-wide:mx-4" />}
        {error && <ErrorNote error={error} className="mx-6 mb-3 max-wide:mx-4" />}
        {diff?.state === "counting" && <Counting diff={diff} />}
        {viewBlock !== null && <Words>{viewBlock} You see how many rows differ, not the rows.</Words>}
        {viewBlock === null && table !== null && side === "differences" && comparison && diff && (
          <DifferencesPanel
            key={table}
            database={database}
            table={table}
            diff={diff}
            selection={comparison.selection}
            onSelection={comparison.onSelection}
            onCompareAnew={comparison.onCompareAnew}
          />
        )}
        {viewBlock === null && table !== null && side !== "differences" && (
          <TableSql
            key={table}
            database={database}
            engine={engine}
            table={table}
            side={side}
            at={at}
            nowAt={comparison?.nowAt ?? null}
            isPast={comparison !== null}
            tables={tables}
          />
        )}
        {groups?.length === 0 && <Words>There was no table at that moment.</Words>}
        {comparison && diff && comparison.selection.size > 0 && viewBlock === null && (
          <SelectionBar
            namespace={namespace.slug}
            database={database}
            engine={engine}
            diff={diff}
            selection={comparison.selection}
            giveBackBlock={comparison.giveBackBlock}
            onClear={() => comparison.onSelection(() => new Map())}
            onGiveBack={comparison.onGiveBack}
          />
        )}
      </section>
    </div>
  );
}

/** The statement of one table, kept while its sides are changed. */
function TableSql({
  database,
  engine,
  table,
  side,
  at,
  nowAt,
  isPast,
  tables,
}: {
  database: string;
  engine: DatabaseView["engine"];
  table: string;
  side: Exclude<PastSide, "differences">;
  at: ViewBody["at"] | null;
  nowAt: ViewBody["at"] | null;
  isPast: boolean;
  tables: ReturnType<typeof useTables>["tables"];
}) {
  const [draft, setDraft] = useState(() => firstStatement(table, ROWS_AT_FIRST, engine));
  const [ran, setRan] = useState(draft);
  const then = { title: isPast ? "As it was" : "Now", at };
  const now = { title: "Now", at: nowAt };
  return (
    <SqlPanel
      database={database}
      engine={engine}
      sides={side === "both" ? [then, now] : side === "now" ? [now] : [then]}
      tables={tables}
      draft={draft}
      ran={ran}
      onDraft={setDraft}
      onRun={() => draft.trim() !== "" && setRan(draft)}
    />
  );
}

/** How many rows a table had, and has now. */
function RowCounts({
  database,
  engine,
  table,
  at,
  diff,
  tables,
}: {
  database: string;
  engine: DatabaseView["engine"];
  table: string;
  at: ViewBody["at"] | null;
  diff: DatabaseDiff | null;
  tables: ReturnType<typeof useTables>["tables"];
}) {
  const { namespace } = useViewer();
  const isThere = tables?.some(({ name }) => name === table) ?? false;
  const sql = `select count(*) as n from ${tableInSql(table, engine)}`;
  const counted = useView(namespace.slug, database, isThere ? at : null, sql).data?.results[0]?.results[0]?.n;
  const then = typeof counted === "number" ? counted : isThere || tables === null ? null : 0;
  if (then === null) return null;
  if (!diff) return <span className="text-ink-3">{formatCount(then, "row")}</span>;
  const counts = diff.tables.find(({ name }) => name === table);
  const now = counts ? then + counts.added - counts.removed : then;
  const isKnown = counts ? counts.exact : diff.sameTables.includes(table);
  return (
    <span className="text-ink-3">
      {formatCount(then, "row")} then{isKnown && `, ${formatNumber(now)} now`}
    </span>
  );
}

/** That the difference is not all known yet, and how far it is. */
function Counting({ diff }: { diff: DatabaseDiff }) {
  const { done, total } = diff.progress ?? { done: 0, total: 0 };
  return (
    <Note className="mx-6 mb-3 max-wide:mx-4" title="Still counting.">
      {total > 0 ? `${Math.floor((100 * done) / total)} % compared. ` : ""}
      Figures may still rise.
      <ProgressBar label="Compared" done={done} total={total} className="mt-1.5 h-1" />
    </Note>
  );
}

function Words({ children }: { children: React.ReactNode }) {
  return <p className="border-t border-line px-6 py-5 text-14 text-ink-2 max-wide:px-4">{children}</p>;
}
