"use client";

import { ArrowRightLeft, CopyPlus, Download, Hourglass, Trash2 } from "lucide-react";
import { useState } from "react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useRefusal, useWriteRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useZone } from "../ui/use-zone.ts";
import type { PreviewActions, ShownPreview } from "./preview-actions.ts";
import { type PreviewDialog, PreviewDialogs } from "./preview-dialogs.tsx";
import { cutoverRefusal, endWords } from "./preview-words.ts";

/** Says on each page of a preview what it is a preview of, until when it lives, and what can be done with it. */
export function PreviewBar({
  database,
  preview: of,
  nowMs,
  actions,
}: {
  database: DatabaseView;
  preview: NonNullable<DatabaseView["preview"]>;
  nowMs: number;
  actions: PreviewActions;
}) {
  const { zone } = useZone();
  const [dialog, setDialog] = useState<PreviewDialog["kind"] | null>(null);
  const extendBlock = useWriteRefusal("preview.extend", database);
  const deleteBlock = useWriteRefusal("preview.delete", database);
  const downloadBlock = useRefusal("preview.download");
  const cutoverRole = useRefusal("approval.request");
  const preview: ShownPreview = { ...of, id: database.id, name: database.name };
  const project = { engine: database.engine, origin: of.parentOrigin };
  const cutoverBlock = cutoverRole ?? (of.parentName === null ? "Its project was deleted." : cutoverRefusal(project));
  return (
    <section
      aria-label="This preview"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-accent-line bg-accent-soft px-6 py-2 max-wide:px-4"
    >
      <p className="mr-auto flex min-w-0 items-start gap-3">
        <CopyPlus size={16} strokeWidth={1.6} aria-hidden className="mt-0.5 shrink-0 text-accent" />
        <span>
          <strong className="font-semibold">A preview of </strong>
          {of.parentName === null ? (
            "a project that was deleted"
          ) : (
            <TextLink href={`/databases/${encodeURIComponent(of.parentName)}/backups`}>{of.parentName}</TextLink>
          )}
          {of.sourceTimeMs !== null && (
            <>
              {" "}
              at{" "}
              <time>
                {formatMoment(of.sourceTimeMs, zone, nowMs, "millisecond")} {formatZone(zone)}
              </time>
            </>
          )}
          , <span className="text-ink-2">{endWords(preview, nowMs)}.</span>
        </span>
      </p>
      <div className="flex flex-wrap gap-2 max-wide:w-full max-wide:*:flex-1">
        <Button size="small" blockedBy={extendBlock} onClick={() => setDialog("extend")}>
          <Hourglass size={14} strokeWidth={1.6} aria-hidden />
          Extend…
        </Button>
        <Button
          size="small"
          blockedBy={downloadBlock}
          onClick={() => location.assign(apiClient.downloadPath(database.namespace, database.id, null))}
        >
          <Download size={14} strokeWidth={1.6} aria-hidden />
          Download
        </Button>
        <Button size="small" tone="risk" blockedBy={cutoverBlock} onClick={() => setDialog("cutover")}>
          <ArrowRightLeft size={14} strokeWidth={1.6} aria-hidden />
          Cut over…
        </Button>
        <Button size="small" tone="quiet" blockedBy={deleteBlock} onClick={() => setDialog("delete")}>
          <Trash2 size={14} strokeWidth={1.6} aria-hidden />
          Delete…
        </Button>
      </div>
      {dialog && (
        <PreviewDialogs
          namespace={database.namespace}
          dialog={{ kind: dialog, preview }}
          actions={actions}
          onClose={() => setDialog(null)}
        />
      )}
    </section>
  );
}
