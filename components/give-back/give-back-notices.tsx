import { CircleSlash, Info } from "lucide-react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { GiveBackPlanView } from "../../lib/client/give-back-types.ts";
import type { GiveBackNotice } from "../../lib/domain/give-back.ts";
import { Note } from "../ui/note.tsx";

/** What a person should know before; nothing of it wants a choice. */
export function GiveBackNotices({ notices }: { notices: readonly GiveBackNotice[] }) {
  if (notices.length === 0) return null;
  return (
    <ul aria-label="Good to know" className="mt-4 grid gap-2 border-t border-line pt-4">
      {notices.map((notice) => (
        <li key={`${notice.kind} ${notice.table} ${notice.words}`} className="flex gap-2 text-12 text-ink-2">
          <Info size={14} strokeWidth={1.6} aria-hidden className="mt-px shrink-0 text-ink-3" />
          <span>
            <code className="font-semibold">{notice.table}</code>: {notice.words}
          </span>
        </li>
      ))}
    </ul>
  );
}

const REFUSALS: Record<Exclude<GiveBackPlanView["allowed"], "yes">, { title: string; words: string }> = {
  ask: {
    title: "Others must approve changes to rows that are there.",
    words: "Tick only rows that were deleted since: those you may give back. Or request a restore of that moment.",
  },
  hours: {
    title: "Not at this hour.",
    words: "The policy lets nothing be brought back now. The policy's page says when it does.",
  },
  forbidden: {
    title: "You may read here, but not write.",
    words: "An owner or admin can give you the right to write, or give the rows back.",
  },
};

/** Why the viewer cannot run this plan now, and what they can do instead. */
export function NotAllowed({
  allowed,
  database,
}: {
  allowed: Exclude<GiveBackPlanView["allowed"], "yes">;
  database: Pick<DatabaseView, "name">;
}) {
  const { title, words } = REFUSALS[allowed];
  return (
    <Note
      tone="warn"
      className="mb-4"
      icon={<CircleSlash size={16} strokeWidth={1.6} aria-hidden />}
      title={`${database.name}: ${title}`}
    >
      {words}
    </Note>
  );
}
