"use client";

import { formatNumber } from "../../lib/client/format-count.ts";
import { DIFF_KINDS, type DiffKind, type TableDiff } from "../../lib/domain/diff.ts";
import { TickField } from "../ui/checkbox.tsx";
import { COUNT_WORDS } from "./diff-words.ts";

/** Which of the differing rows are shown, with how many there are of each kind. */
export function DiffFilters({
  counts,
  shown,
  onChange,
}: {
  counts: TableDiff;
  shown: readonly DiffKind[];
  onChange: (kinds: readonly DiffKind[]) => void;
}) {
  return (
    <fieldset aria-label="Rows shown" className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {DIFF_KINDS.map((kind) => (
        <TickField
          key={kind}
          className="gap-1.5"
          checked={shown.includes(kind) && counts[kind] > 0}
          disabled={counts[kind] === 0}
          onChange={(event) => {
            const isOn = event.currentTarget.checked;
            onChange(DIFF_KINDS.filter((one) => (one === kind ? isOn : shown.includes(one))));
          }}
          words={
            <span className={counts[kind] === 0 ? "text-ink-3" : undefined}>
              <strong className="font-semibold">
                {!counts.exact && "≥ "}
                {formatNumber(counts[kind])}
              </strong>{" "}
              {COUNT_WORDS[kind]}
            </span>
          }
        />
      ))}
    </fieldset>
  );
}
