"use client";

import { CopyPlus, Eye, History } from "lucide-react";
import Link from "next/link";
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
  isPreview,
  mustAsk,
  block,
  lookHref,
  onPreview,
  onRestore,
}: {
  database: string;
  isPreview: boolean;
  mustAsk: boolean;
  block: string | null;
  /** The page of the chosen moment; null while there is none to look at. */
  lookHref: string | null;
  onPreview: () => void;
  onRestore: () => void;
}) {
  const lookBlock = useRefusal("database.diff") ?? (lookHref === null ? block : null);
  const previewBlock =
    useRefusal("restore.preview") ??
    (isPreview ? "A preview has no previews of its own." : lookHref === null ? block : null);
  return (
    <div className="mt-3 grid grid-cols-2 gap-2 max-wide:hidden">
      <LookButton href={lookHref} block={lookBlock} className="col-span-2" />
      <Button blockedBy={previewBlock} onClick={onPreview}>
        <CopyPlus size={16} strokeWidth={1.6} aria-hidden />
        Preview…
      </Button>
      <Button tone={mustAsk ? "secondary" : "risk"} blockedBy={block} onClick={onRestore}>
        <History size={16} strokeWidth={1.6} aria-hidden />
        {mustAsk ? "Request a restore…" : "Restore…"}
      </Button>
      <p className="col-span-2 text-12 text-ink-3">
        {block ??
          (mustAsk
            ? `Looking and previewing never touch ${database}. Others must approve a restore; nothing starts by itself.`
            : `Looking and previewing never touch ${database}. Restoring shows first what will happen.`)}
      </p>
    </div>
  );
}

/** Leads to the page of the moment; a button that says why where there is none. */
export function LookButton({
  href,
  block,
  className,
  words = "Look at this moment",
}: {
  href: string | null;
  block: string | null;
  className?: string;
  words?: string;
}) {
  const face = (
    <>
      <Eye size={16} strokeWidth={1.6} aria-hidden />
      {words}
    </>
  );
  if (href === null || block !== null) {
    return (
      <Button tone="primary" blockedBy={block ?? "The moment is still being resolved."} className={className ?? ""}>
        {face}
      </Button>
    );
  }
  return (
    <Button tone="primary" asChild className={className ?? ""}>
      <Link href={href}>{face}</Link>
    </Button>
  );
}
