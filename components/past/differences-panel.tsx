"use client";

import { RefreshCw } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { formatClock, formatZone } from "../../lib/client/format-time.ts";
import { useDiffRows } from "../../lib/client/hooks/use-diff.ts";
import { type DatabaseDiff, DIFF_KINDS, type DiffKind, type DiffRow } from "../../lib/domain/diff.ts";
import { DiffFilters } from "../diff/diff-filters.tsx";
import { DiffGrid } from "../diff/diff-grid.tsx";
import { type GivenKind, type RowSelection, selectionOf, selectKind, selectRow } from "../diff/row-selection.ts";
import { TableChange } from "../diff/table-change.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { useZone } from "../ui/use-zone.ts";
import { countDiffering } from "./group-tables.ts";

/** What became of a table's rows since the moment: how many of each kind, the rows, and which are ticked. */
export function DifferencesPanel({
  database,
  table,
  diff,
  selection,
  onSelection,
  onCompareAnew,
}: {
  database: string;
  table: string;
  diff: DatabaseDiff;
  selection: RowSelection;
  onSelection: (change: (former: RowSelection) => RowSelection) => void;
  onCompareAnew: () => void;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const [shown, setShown] = useState<readonly DiffKind[]>(DIFF_KINDS);
  const counts = diff.tables.find(({ name }) => name === table);
  const isSame = diff.sameTables.includes(table) || (counts?.exact && countDiffering(counts) === 0);
  const isComparable = counts !== undefined && counts.how !== "not-compared" && !isSame;
  const [from, to] = [diff.from.bookmark, diff.to.bookmark];
  const kinds = useMemo(
    () => shown.filter((kind) => (counts?.[kind] ?? 0) > 0 || counts?.exact === false),
    [shown, counts],
  );
  const rows = useDiffRows(namespace.slug, database, isComparable ? { from, to, table, kinds } : null);
  const loaded = useMemo(() => rows.data?.pages.flatMap((page) => page.rows) ?? [], [rows.data]);
  const { hasNextPage } = rows;
  const selectOne = useCallback(
    (row: DiffRow, isOn: boolean) => {
      const ofKind = hasNextPage ? null : loaded.filter(({ kind }) => kind === row.kind).map(({ key }) => key);
      onSelection((former) => selectRow(former, table, row, isOn, ofKind));
    },
    [loaded, hasNextPage, onSelection, table],
  );
  const selectKinds = useCallback(
    (chosen: readonly GivenKind[], isOn: boolean) =>
      onSelection((former) => chosen.reduce((so, kind) => selectKind(so, table, kind, isOn), former)),
    [onSelection, table],
  );
  const shownCounts = useMemo(
    () => Object.fromEntries(kinds.map((kind) => [kind, counts?.[kind] ?? 0])) as Partial<Record<DiffKind, number>>,
    [kinds, counts],
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 px-6 pb-3 max-wide:px-4">
        {isComparable && <DiffFilters counts={counts} shown={shown} onChange={setShown} />}
        <p className="ml-auto flex items-center gap-2 text-12 text-ink-3 max-wide:ml-0">
          Compared with {formatClock(diff.to.timeMs, zone, "millisecond")} {formatZone(zone)}
          <TextButton onClick={onCompareAnew} className="touch:min-h-11">
            <RefreshCw size={12} strokeWidth={1.8} aria-hidden />
            Compare anew
          </TextButton>
        </p>
      </div>
      <TableChange diff={diff} table={table} />
      {counts?.how === "full" && counts.reason && (
        <p className="px-6 pb-2 text-12 text-ink-3 max-wide:px-4">All of it was compared: {counts.reason}</p>
      )}
      {isComparable && kinds.length > 0 && (
        <DiffGrid
          table={table}
          query={rows}
          counts={shownCounts}
          selection={selectionOf(selection, table)}
          onSelectRow={selectOne}
          onSelectKinds={selectKinds}
        />
      )}
      {isComparable && kinds.length === 0 && <Words>No kind of row is ticked above.</Words>}
      {isSame && <Words>Its rows are the same now as they were then.</Words>}
      {counts?.how === "not-compared" && (
        <Words>{counts.reason ?? "It was not compared."} Its rows can be read as they were, and as they are now.</Words>
      )}
      {!counts && !isSame && (
        <Words>{diff.state === "counting" ? "Still being compared." : "It does not hold rows of its own."}</Words>
      )}
    </>
  );
}

function Words({ children }: { children: React.ReactNode }) {
  return <p className="border-t border-line px-6 py-5 text-14 text-ink-2 max-wide:px-4">{children}</p>;
}
