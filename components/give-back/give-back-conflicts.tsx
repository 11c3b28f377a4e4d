"use client";

import { GitPullRequestArrow, TriangleAlert } from "lucide-react";
import { formatCount } from "../../lib/client/format-count.ts";
import type { GiveBackConflict, GiveBackConflictKind, GiveBackPlan } from "../../lib/domain/give-back.ts";
import { TickField } from "../ui/checkbox.tsx";
import { Note } from "../ui/note.tsx";

const TITLES: Record<GiveBackConflictKind, string> = {
  "changed-since": "Changed since",
  "key-taken": "Their key is taken",
  "parent-missing": "What they refer to is missing",
  "still-referenced": "Other rows refer to them",
  "rule-broken": "Today's rules forbid them",
  "table-refused": "The table cannot be written like this",
};

/** What stands against giving rows back, by its kind; each kind wants a choice. */
export function GiveBackConflicts({
  conflicts,
  skipped,
  onSkip,
}: {
  conflicts: readonly GiveBackConflict[];
  skipped: ReadonlySet<GiveBackConflictKind>;
  onSkip: (kind: GiveBackConflictKind, isOn: boolean) => void;
}) {
  if (conflicts.length === 0) return null;
  const kinds = [...new Set(conflicts.map(({ kind }) => kind))];
  return (
    <section aria-label="Conflicts" className="mt-5 grid gap-2.5">
      <h3 className="text-14 font-semibold">Conflicts</h3>
      {kinds.map((kind) => {
        const ofKind = conflicts.filter((one) => one.kind === kind);
        const rows = ofKind.reduce((sum, one) => sum + one.rows, 0);
        return (
          <Note
            key={kind}
            tone="warn"
            icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
            title={`${TITLES[kind]}${rows > 0 ? `: ${formatCount(rows, "row")}` : ""}.`}
          >
            <ul className="mt-1 grid gap-1 text-ink-2">
              {ofKind.map((one) => (
                <li key={`${one.table} ${one.words}`}>
                  <code className="font-semibold">{one.table}</code>
                  {ofKind.length > 1 && `, ${formatCount(one.rows, "row")}`}: {one.words}
                </li>
              ))}
            </ul>
            <TickField
              className="mt-2 font-medium"
              checked={skipped.has(kind)}
              onChange={(event) => onSkip(kind, event.currentTarget.checked)}
              words={`Leave ${rows === 1 ? "this row" : "these rows"} out and give back the others`}
            />
          </Note>
        );
      })}
    </section>
  );
}

/** Rows that the chosen ones refer to and that are missing as well can come along. */
export function MissingParents({
  parents,
  isOn,
  onChange,
}: {
  parents: GiveBackPlan["missingParents"];
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}) {
  const words = parents.map(({ table, rows }) => `${formatCount(rows, "row")} of ${table}`).join(", ");
  return (
    <Note className="mt-4" icon={<GitPullRequestArrow size={16} strokeWidth={1.6} aria-hidden />}>
      <TickField
        checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
        words={
          <>
            <strong>Bring along what they refer to.</strong>{" "}
            {words === "" ? "Rows that are missing now come along." : `They refer to ${words} that are missing now.`}
          </>
        }
      />
    </Note>
  );
}
