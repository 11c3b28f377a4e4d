"use client";

import { Info } from "lucide-react";
import type { RestorePlan } from "../../lib/domain/restore.ts";
import { LossTable } from "../diff/loss-table.tsx";
import { Note } from "../ui/note.tsx";
import type { RestoreIntent } from "./restore-dialog.tsx";

/** What a restore in place would take away. It can be counted as long as the history still has the state that is restored. */
export function RestoreLoss({
  database,
  intent,
  plan,
}: {
  database: string;
  intent: RestoreIntent;
  plan: RestorePlan | null;
}) {
  if (!intent.backup) return <LossTable database={database} bookmark={intent.bookmark} />;
  if (plan === null) return null;
  if (plan.commits !== null && intent.backup.kind === "physical") {
    return <LossTable database={database} bookmark={intent.bookmark} />;
  }
  return (
    <Note
      className="mt-5"
      icon={<Info size={16} strokeWidth={1.6} aria-hidden />}
      title="What would be lost cannot be counted here."
    >
      {intent.backup.kind === "portable"
        ? "A portable document need not hold all tables. Restore it into a preview first, and compare."
        : "The backup is older than the recovery window. Restore it into a preview first, and compare."}
    </Note>
  );
}
