"use client";

import { Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { PREVIEW_LIMITS } from "../../lib/domain/preview.ts";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import type { PreviewActions, ShownPreview } from "./preview-actions.ts";

/** The end of a preview, before its time is over. */
export function DeletePreviewDialog({
  namespace,
  preview,
  remove,
  onClose,
}: {
  namespace: string;
  preview: ShownPreview;
  remove: PreviewActions["remove"];
  onClose: () => void;
}) {
  const formId = useId();
  const [typed, setTyped] = useState("");
  const isTyped = typed === preview.name;
  const after =
    preview.parentName === null ? "/databases" : `/databases/${encodeURIComponent(preview.parentName)}/backups`;
  const removal = useActionThenGo(namespace, remove, () => after);
  const isBusy = removal.isPending || removal.isSuccess;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`Delete ${preview.name}?`}
      description={`It stops answering at once. ${preview.parentName ?? "Its project"} is not touched.`}
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Keep it"
          onClose={onClose}
          tone="danger"
          icon={Trash2}
          words={`Delete ${preview.name}`}
          busyWords="Deleting…"
          isBusy={isBusy}
          canStart={isTyped}
        />
      }
    >
      <form
        id={formId}
        className="px-6 py-5 text-14 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isTyped && !isBusy) removal.mutate({ namespace, database: preview.id, confirmName: typed });
        }}
      >
        <p className="mb-4">
          For {formatCount(PREVIEW_LIMITS.graceHours, "hour")} it can be brought back under Deleted. After that what it
          holds and its history are gone for good.
        </p>
        <TypedName name={preview.name} value={typed} onChange={setTyped} />
        {removal.error && <ErrorNote error={removal.error} className="mt-4" />}
      </form>
    </Dialog>
  );
}
