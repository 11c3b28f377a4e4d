"use client";

import { useMutation } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import type { DatabaseDiff } from "../../lib/domain/diff.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { collectRows } from "./collect-rows.ts";
import { lossSentence } from "./loss-words.ts";
import { saveText } from "./save-text.ts";
import { rowsAsCsv, splitCut } from "./write-rows.ts";

/** The rows that would disappear, with a way to keep them; nothing where none would. */
export function LossWarning({ database, diff }: { database: string; diff: DatabaseDiff }) {
  const { namespace } = useViewer();
  const mayView = useRefusal("database.view") === null;
  const lost = diff.tables
    .filter(({ added }) => added > 0)
    .sort((a, b) => b.added - a.added)
    .map(({ name, added }) => ({ name, rows: added }));
  const saving = useMutation({
    mutationFn: async () => {
      let cut = 0;
      for (const { name } of lost) {
        const found = await collectRows({
          namespace: namespace.slug,
          database,
          from: diff.from.bookmark,
          to: diff.to.bookmark,
          table: name,
          kinds: ["added"],
        });
        const { whole, cut: left } = splitCut(found.rows);
        cut += left;
        saveText(`${database}-${name}-added-since.csv`, "text/csv", rowsAsCsv({ ...found, rows: whole }));
      }
      return cut;
    },
  });
  if (lost.length === 0) return null;
  return (
    <>
      <Note
        tone="warn"
        className="mt-3"
        icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
        title={`${lossSentence(lost, formatNumber)} would disappear.`}
        action={
          mayView && (
            <TextButton disabled={saving.isPending} onClick={() => saving.mutate()} className="touch:min-h-11">
              {saving.isPending ? "Saving…" : "Save these rows first"}
            </TextButton>
          )
        }
      >
        They stay in the history, and can be given back one by one afterwards.{" "}
        <span role="status">
          {saving.isSuccess &&
            (saving.data > 0
              ? `Saved as CSV, but for ${formatCount(saving.data, "row")} with very long values.`
              : "Saved as CSV.")}
        </span>
      </Note>
      {saving.error && <ErrorNote error={saving.error} className="mt-2" />}
    </>
  );
}
