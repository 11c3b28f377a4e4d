"use client";

import { Trash2 } from "lucide-react";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import type { RetentionPlanView } from "../../lib/client/retention-types.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";

const MOST_SHOWN = 12;

/** What keeping less would delete, before it is saved. */
export function KeepLessDialog({
  plan,
  name,
  isBusy,
  error,
  onSave,
  onClose,
}: {
  plan: RetentionPlanView;
  name: string;
  isBusy: boolean;
  error: Error | null;
  onSave: () => void;
  onClose: () => void;
}) {
  const gone = [...plan.deletions, ...plan.later];
  const held = plan.kept.filter(({ because }) => because === "pinned" || because === "last_good");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`This deletes ${formatCount(gone.length, "backup")}.`}
      description={`${name} would keep less than it does now. ${formatBytes(plan.freedBytes)} become free.`}
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={isBusy} className="max-wide:flex-1">
            Close, nothing is saved
          </Button>
          <Button tone="danger" onClick={onSave} disabled={isBusy} className="max-wide:flex-1">
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            {isBusy ? "Saving…" : "Save, and delete them"}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 text-14 max-wide:px-4">
        <ul className="border-t border-line">
          {gone.slice(0, MOST_SHOWN).map((backup) => (
            <li key={backup.id} className="flex items-baseline gap-3 border-b border-line py-1.5">
              <MomentText ms={backup.createdAtMs} precision="minute" withZone className="whitespace-nowrap" />
              <span className="min-w-0 flex-1 truncate text-ink-2">{backup.label ?? backup.key}</span>
              <span className="text-ink-3">{formatBytes(backup.sizeBytes)}</span>
            </li>
          ))}
        </ul>
        {gone.length > MOST_SHOWN && <p className="text-ink-2">And {gone.length - MOST_SHOWN} more.</p>}
        <p className="text-ink-2">
          {plan.later.length > 0 && `The first ${plan.deletions.length} go within minutes, the others after them. `}
          {held.length > 0 &&
            `${formatCount(held.length, "backup")} ${held.length === 1 ? "stays" : "stay"} all the same: pinned, or the last good one.`}
        </p>
        {error && <ErrorNote error={error} />}
      </div>
    </Dialog>
  );
}
