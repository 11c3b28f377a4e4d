import { Table2 } from "lucide-react";
import type { DatabaseDiff, SchemaDiff } from "../../lib/domain/diff.ts";
import { Note } from "../ui/note.tsx";

const WORDS: Record<SchemaDiff["change"], string> = {
  removed: "gone now",
  added: "new since then",
  changed: "defined differently now",
};

/** Says where not only a table's rows are different, but the table, its indexes or triggers. */
export function TableChange({ diff, table }: { diff: DatabaseDiff; table: string }) {
  const changes = diff.schema.filter((one) => one.table === table);
  if (changes.length === 0) return null;
  return (
    <Note className="mx-6 mb-3 max-wide:mx-4" icon={<Table2 size={16} strokeWidth={1.6} aria-hidden />}>
      <ul>
        {changes.map((change) => (
          <li key={`${change.kind}-${change.name}`}>
            <details>
              <summary className="rounded-1">
                {change.kind === "table" ? "The table" : `The ${change.kind} ${change.name}`} is{" "}
                <strong>{WORDS[change.change]}</strong>.
              </summary>
              <Definition title="Then" sql={change.before} />
              <Definition title="Now" sql={change.after} />
            </details>
          </li>
        ))}
      </ul>
    </Note>
  );
}

function Definition({ title, sql }: { title: string; sql: string | null }) {
  return (
    <p className="mt-1.5 text-12">
      <span className="text-ink-3">{title}</span>{" "}
      <code className="break-words whitespace-pre-wrap">{sql ?? "not there"}</code>
    </p>
  );
}
