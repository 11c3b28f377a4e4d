"use client";

import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useApprovals, usePolicy } from "../../lib/client/hooks/use-approvals.ts";
import { useRestores } from "../../lib/client/hooks/use-restores.ts";
import { AskRestoreDialog } from "../approvals/ask-restore-dialog.tsx";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { useNow } from "../ui/use-now.ts";
import { CopyDialog } from "./copy-dialog.tsx";
import type { RestoreActions } from "./restore-actions.ts";
import { RestoreDialog, type RestoreIntent } from "./restore-dialog.tsx";
import { type RestoreAim, TargetChoice } from "./target-choice.tsx";

/**
 * Where a moment goes, and the dialog that brings it there: into a copy, over the project, or the one that asks others to allow
 * that. The plan of the last two is the same.
 */
export function RestoreOrAsk({
  database,
  intent,
  actions,
  onClose,
}: {
  database: DatabaseView;
  intent: RestoreIntent;
  actions: RestoreActions;
  onClose: () => void;
}) {
  const { namespace, email } = useViewer();
  const nowMs = useNow() ?? Date.now();
  const [aim, setAim] = useState<RestoreAim>(intent.aim ?? "project");
  const mayAlone = useRefusal("restore.project") === null;
  const policy = usePolicy(namespace.slug, database.name).data;
  const { approvals = [] } = useApprovals(namespace.slug).data ?? {};
  const { data: restores = [] } = useRestores(namespace.slug, database.name);
  const undone = restores.find(({ id }) => id === intent.undoOf);
  // The newest restore may be gone back on for a while, by whoever ran it and by all who restore by right.
  const isFreeUndo =
    undone?.finishedAtMs != null &&
    undone.undoOf === null &&
    database.lastRestoreId === undone.id &&
    nowMs < undone.finishedAtMs + (policy?.rules.runWithinMs ?? 0) &&
    (mayAlone || undone.requestedBy === email);
  // A preview is nobody's production.
  const mustAsk = database.kind === "project" && !isFreeUndo && (policy ? policy.neededForMe > 0 : !mayAlone);
  // An undo goes where its restore went.
  const targets = intent.undoOf === null && database.kind === "project" && (
    <TargetChoice database={database.name} aim={aim} mustAsk={mustAsk} onChoose={setAim} />
  );
  const shared = { database, intent, actions, targets, onClose };
  if (aim !== "project" && intent.undoOf === null) return <CopyDialog key={aim} aim={aim} {...shared} />;
  if (!mustAsk) return <RestoreDialog {...shared} />;
  const asked = approvals.find(
    ({ isMine, kind, databaseId, status }) =>
      isMine &&
      kind === "restore.project" &&
      databaseId === database.id &&
      (status === "open" || status === "approved"),
  );
  return <AskRestoreDialog policy={policy ?? null} asked={asked ?? null} {...shared} />;
}
