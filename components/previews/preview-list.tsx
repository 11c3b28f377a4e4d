"use client";

import { ArrowRightLeft, Download, Ellipsis, Hourglass, Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { usePreviews } from "../../lib/client/hooks/use-previews.ts";
import type { PreviewView } from "../../lib/client/preview-types.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { PreviewActions } from "./preview-actions.ts";
import { type PreviewDialog, PreviewDialogs } from "./preview-dialogs.tsx";
import { cutoverRefusal, endWords, originWords } from "./preview-words.ts";

/** The previews of a project: what each is of, how long it lives, and what can be done with it. */
export function PreviewList({ database, actions }: { database: DatabaseView; actions: PreviewActions }) {
  const { zone } = useZone();
  const nowMs = useNow() ?? database.createdAtMs;
  const query = usePreviews(database.namespace, database.name);
  const [dialog, setDialog] = useState<PreviewDialog | null>(null);
  const previews = query.data?.previews;
  return (
    <section aria-labelledby="previews-title" className="border-t border-line px-6 pt-3 pb-4 max-wide:px-4">
      <div className="mb-1 flex min-h-7 items-center justify-between">
        <h2 id="previews-title" className="text-14 font-semibold">
          Previews
        </h2>
        {query.data && previews && previews.length > 0 && (
          <span className="text-12 text-ink-3">
            {previews.length} of {query.data.limit}
          </span>
        )}
      </div>
      {query.error && !previews && <ErrorNote error={query.error} className="my-2" />}
      {!previews && !query.error && <Skeleton className="h-12 w-full" />}
      {previews?.length === 0 && (
        <p className="py-2 text-ink-3">
          None. Choose a moment and press Preview: a copy of it, to try things on, that goes by itself.
        </p>
      )}
      <ul>
        {previews?.map((preview) => (
          <PreviewRow
            key={preview.id}
            namespace={database.namespace}
            project={database}
            preview={preview}
            zone={zone}
            nowMs={nowMs}
            onOpen={setDialog}
          />
        ))}
      </ul>
      {dialog && (
        <PreviewDialogs
          namespace={database.namespace}
          dialog={dialog}
          actions={actions}
          onClose={() => setDialog(null)}
        />
      )}
    </section>
  );
}

function PreviewRow({
  namespace,
  project,
  preview,
  zone,
  nowMs,
  onOpen,
}: {
  namespace: string;
  project: DatabaseView;
  preview: PreviewView;
  zone: string;
  nowMs: number;
  onOpen: (dialog: PreviewDialog) => void;
}) {
  const mayExtend = useRefusal("preview.extend") === null;
  const mayDelete = useRefusal("preview.delete") === null;
  const mayCutOver = useRefusal("approval.request") === null;
  const mayDownload = useRefusal("preview.download") === null;
  const isReady = preview.state === "active" && preview.openRestoreId === null;
  const href = `/databases/${encodeURIComponent(preview.name)}`;
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-2.5 border-b border-line py-1 last:border-b-0">
      <div className="min-w-0 flex-1">
        <Link href={href} className="rounded-1 font-[550] underline-offset-3 hover:underline">
          {preview.name}
        </Link>
        <p className="truncate text-12 text-ink-3">
          {originWords(preview, zone, nowMs)} · {endWords(preview, nowMs)}
        </p>
      </div>
      {preview.state === "failed" ? (
        <Chip tone="danger">failed</Chip>
      ) : (
        !isReady && <Chip tone="accent">being written</Chip>
      )}
      {isReady && (
        <Button size="small" asChild>
          <Link href={href}>Open</Link>
        </Button>
      )}
      {(mayExtend || mayDelete) && (
        <Menu
          trigger={
            <Button tone="quiet" size="smallIcon" aria-label={`More of ${preview.name}`}>
              <Ellipsis size={16} strokeWidth={1.6} aria-hidden />
            </Button>
          }
        >
          {mayExtend && isReady && (
            <MenuItem
              icon={<Hourglass size={16} strokeWidth={1.6} aria-hidden />}
              onSelect={() => onOpen({ kind: "extend", preview })}
            >
              Extend…
            </MenuItem>
          )}
          {mayDownload && isReady && (
            <MenuItem
              icon={<Download size={16} strokeWidth={1.6} aria-hidden />}
              onSelect={() => location.assign(apiClient.downloadPath(namespace, preview.id, null))}
            >
              Download its state
            </MenuItem>
          )}
          {mayCutOver && isReady && cutoverRefusal(project) === null && (
            <MenuItem
              icon={<ArrowRightLeft size={16} strokeWidth={1.6} aria-hidden />}
              onSelect={() => onOpen({ kind: "cutover", preview })}
            >
              Cut over…
            </MenuItem>
          )}
          {mayDelete && (
            <>
              <MenuLine />
              <MenuItem
                risky
                icon={<Trash2 size={16} strokeWidth={1.6} aria-hidden />}
                onSelect={() => onOpen({ kind: "delete", preview })}
              >
                Delete…
              </MenuItem>
            </>
          )}
        </Menu>
      )}
    </li>
  );
}
