"use client";

import { useMutation } from "@tanstack/react-query";
import { Copy, Download, RotateCcw } from "lucide-react";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import type { DatabaseDiff } from "../../lib/domain/diff.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { collectRows } from "./collect-rows.ts";
import { countSelected, GIVEN_KINDS, isRowSelected, type RowSelection } from "./row-selection.ts";
import { saveText } from "./save-text.ts";
import { rowsAsCsv, rowsAsInserts, splitCut } from "./write-rows.ts";

/** What can be done with the ticked rows: written down, or given back. */
export function SelectionBar({
  namespace,
  database,
  engine,
  diff,
  selection,
  giveBackBlock,
  onClear,
  onGiveBack,
}: {
  namespace: string;
  database: string;
  engine: DatabaseView["engine"];
  diff: DatabaseDiff;
  selection: RowSelection;
  /** Why nothing can be given back; null where it can. */
  giveBackBlock: string | null;
  onClear: () => void;
  onGiveBack: () => void;
}) {
  const [said, setSaid] = useState<string | null>(null);
  const { rows, tables } = countSelected(selection, diff);
  const writing = useMutation({
    mutationFn: async (as: "inserts" | "csv") => {
      let cut = 0;
      let text = "";
      for (const [table, chosen] of selection) {
        const of = { namespace, database, from: diff.from.bookmark, to: diff.to.bookmark, table, kinds: GIVEN_KINDS };
        const found = await collectRows(of, (row) => isRowSelected(chosen, row));
        const split = splitCut(found.rows);
        cut += split.cut;
        const whole = { ...found, rows: split.whole };
        if (as === "csv") saveText(`${database}-${table}.csv`, "text/csv", rowsAsCsv(whole));
        else text += rowsAsInserts(whole, engine);
      }
      if (as === "inserts") await navigator.clipboard.writeText(text);
      const what = formatCount(rows - cut, "row");
      const left = cut > 0 ? ` ${formatCount(cut, "row")} with very long values left out.` : "";
      return `${as === "csv" ? `${what} saved.` : `${what} copied.`}${left}`;
    },
    onSuccess: setSaid,
  });
  return (
    <section
      aria-label="Ticked rows"
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line-strong bg-surface px-6 py-2.5 shadow-[0_-6px_14px_-10px_rgb(0_0_0/0.18)] max-wide:sticky max-wide:bottom-[calc(60px+env(safe-area-inset-bottom))] max-wide:z-10 max-wide:px-4"
    >
      <p className="mr-auto flex flex-wrap items-center gap-x-2 max-wide:basis-full">
        <strong className="font-semibold">{formatCount(rows, "row")} selected</strong>
        {tables > 1 && <span className="text-ink-2">in {formatCount(tables, "table")}</span>}
        <button
          type="button"
          onClick={onClear}
          className="rounded-1 font-medium text-accent underline-offset-3 hover:underline touch:min-h-11"
        >
          Clear
        </button>
        <span role="status" className="text-12 text-ink-3">
          {writing.isPending ? "Reading the rows…" : said}
        </span>
      </p>
      <Button
        className="max-wide:flex-1"
        disabled={writing.isPending}
        onClick={() => {
          setSaid(null);
          writing.mutate("inserts");
        }}
      >
        <Copy size={16} strokeWidth={1.6} aria-hidden />
        <span className="max-wide:hidden">Copy as</span> INSERT
      </Button>
      <Button
        className="max-wide:flex-1"
        disabled={writing.isPending}
        onClick={() => {
          setSaid(null);
          writing.mutate("csv");
        }}
      >
        <Download size={16} strokeWidth={1.6} aria-hidden />
        CSV
      </Button>
      <Button tone="primary" className="max-wide:basis-full" blockedBy={giveBackBlock} onClick={onGiveBack}>
        <RotateCcw size={16} strokeWidth={1.6} aria-hidden />
        Give back {formatCount(rows, "row")}…
      </Button>
      {writing.error && <ErrorNote error={writing.error} className="basis-full" />}
    </section>
  );
}
