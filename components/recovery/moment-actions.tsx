"use client";

import { History } from "lucide-react";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";

/** Why the chosen moment cannot be restored right now; null when it can. */
export function useRestoreBlock({
  isNow,
  isResolved,
  isRefused,
  isProtected,
}: {
  isNow: boolean;
  isResolved: boolean;
  isRefused: boolean;
  isProtected: boolean;
}): string | null {
  const refusal = useRefusal("restore.project");
  if (refusal) return refusal;
  if (!isProtected) return "Capture is not running: a restore would leave no way back.";
  if (isNow) return "Choose a moment before now first.";
  if (isRefused) return "This moment cannot be restored: choose one of the nearest.";
  return isResolved ? null : "The moment is still being resolved.";
}

/** What can be done with the moment. The button only opens the plan. */
export function MomentActions({
  database,
  block,
  onRestore,
}: {
  database: string;
  block: string | null;
  onRestore: () => void;
}) {
  return (
    <div className="mt-3 max-wide:hidden">
      <Button tone="risk" className="w-full" blockedBy={block} onClick={onRestore}>
        <History size={16} strokeWidth={1.6} aria-hidden />
        Restore…
      </Button>
      <p className="mt-2.5 text-12 text-ink-3">
        {block ?? `Shows what will happen first. Nothing touches ${database} before you confirm.`}
      </p>
    </div>
  );
}
