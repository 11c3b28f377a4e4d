"use client";

import { CutoverDialog } from "./cutover-dialog.tsx";
import { DeletePreviewDialog } from "./delete-preview-dialog.tsx";
import { ExtendDialog } from "./extend-dialog.tsx";
import type { PreviewActions, ShownPreview } from "./preview-actions.ts";

/** Which dialog of which preview is open. */
export type PreviewDialog = { kind: "extend" | "delete" | "cutover"; preview: ShownPreview };

/** The open dialog of a preview. */
export function PreviewDialogs({
  namespace,
  dialog: { kind, preview },
  actions,
  onClose,
}: {
  namespace: string;
  dialog: PreviewDialog;
  actions: PreviewActions;
  onClose: () => void;
}) {
  if (kind === "extend") {
    return <ExtendDialog namespace={namespace} preview={preview} extend={actions.extend} onClose={onClose} />;
  }
  if (kind === "delete") {
    return <DeletePreviewDialog namespace={namespace} preview={preview} remove={actions.remove} onClose={onClose} />;
  }
  return <CutoverDialog namespace={namespace} preview={preview} actions={actions} onClose={onClose} />;
}
