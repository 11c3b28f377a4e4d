"use client";

import { Hourglass } from "lucide-react";
import { useId, useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { TTL_HOURS, TtlField } from "../restores/ttl-field.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import type { PreviewActions, ShownPreview } from "./preview-actions.ts";
import { endWords } from "./preview-words.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A later end of a preview's life. */
export function ExtendDialog({
  namespace,
  preview,
  extend,
  onClose,
}: {
  namespace: string;
  preview: ShownPreview;
  extend: PreviewActions["extend"];
  onClose: () => void;
}) {
  const nowMs = useNow() ?? Date.now();
  const formId = useId();
  const leftMs = (preview.expiresAtMs ?? nowMs) - nowMs;
  const longer = TTL_HOURS.filter((hours) => hours * HOUR_MS > leftMs);
  const [hours, setHours] = useState(
    () => longer.find((one) => one * HOUR_MS > leftMs + DAY_MS / 2) ?? longer.at(-1) ?? 0,
  );
  const extension = useServerAction(namespace, extend);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !extension.isPending && onClose()}
      title={`Extend ${preview.name}`}
      description={`Right now it ${endWords(preview, nowMs)}.`}
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Leave it so"
          onClose={onClose}
          tone="primary"
          icon={Hourglass}
          words="Extend"
          busyWords="Extending…"
          isBusy={extension.isPending}
          canStart={longer.length > 0}
        />
      }
    >
      <form
        id={formId}
        className="px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!extension.isPending) {
            extension.mutate({ namespace, database: preview.id, ttlHours: hours }, { onSuccess: onClose });
          }
        }}
      >
        {longer.length === 0 ? (
          <p>It lives for as long as a preview may already.</p>
        ) : (
          <TtlField label="From now on it lives for" choices={longer} nowMs={nowMs} hours={hours} onChange={setHours} />
        )}
        {extension.error && <ErrorNote error={extension.error} />}
      </form>
    </Dialog>
  );
}
