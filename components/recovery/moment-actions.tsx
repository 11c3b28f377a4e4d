"use client";

import { History } from "lucide-react";
import { usePolicy } from "../../lib/client/hooks/use-approvals.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
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
  const refusal = useRefusal("approval.request");
  if (refusal) return refusal;
  if (!isProtected) return "Capture is not running: a restore would leave no way back.";
  if (isNow) return "Choose a moment before now first.";
  if (isRefused) return "This moment cannot be restored: choose one of the nearest.";
  return isResolved ? null : "The moment is still being resolved.";
}

/** Whether the viewer must ask others before a restore: by the policy, or since their role does not include it. */
export function useMustAsk(database: string): boolean {
  const { namespace } = useViewer();
  const mayAlone = useRefusal("restore.project") === null;
  const mayAsk = useRefusal("approval.request") === null;
  const policy = usePolicy(namespace.slug, database);
  return policy.data ? mayAsk && policy.data.neededForMe > 0 : mayAsk && !mayAlone;
}

/** What can be done with the moment. The button only opens the plan. */
export function MomentActions({
  database,
  mustAsk,
  block,
  onRestore,
}: {
  database: string;
  mustAsk: boolean;
  block: string | null;
  onRestore: () => void;
}) {
  return (
    <div className="mt-3 max-wide:hidden">
      <Button tone={mustAsk ? "secondary" : "risk"} className="w-full" blockedBy={block} onClick={onRestore}>
        <History size={16} strokeWidth={1.6} aria-hidden />
        {mustAsk ? "Request a restore…" : "Restore…"}
      </Button>
      <p className="mt-2.5 text-12 text-ink-3">
        {block ??
          (mustAsk
            ? "Shows what would happen first. Others must approve it; nothing starts by itself."
            : `Shows what will happen first. Nothing touches ${database} before you confirm.`)}
      </p>
    </div>
  );
}
