"use client";

import {
  Archive,
  Download,
  Ellipsis,
  FileBraces,
  FileCheck2,
  History,
  Pin,
  RotateCcw,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupView } from "../../lib/client/backup-types.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useRefusal, useViewer, useWriteRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import type { BackupActions } from "./backup-actions.ts";
import type { BackupDialog } from "./backup-list.tsx";
import { backupFacts, backupStanding, backupTitle, deletedBecause, stageWords } from "./backup-words.ts";

type RowProps = {
  database: DatabaseView;
  backup: BackupView;
  actions: BackupActions;
  zone: string;
  nowMs: number;
  onOpen: (dialog: BackupDialog) => void;
};

/** One backup: what it holds, how it fares, and what can be done with it. */
export function BackupRow(props: RowProps) {
  const { backup, zone, nowMs } = props;
  const { status, deleted, damage } = backup;
  const isOpen = status === "queued" || status === "running";
  const Icon =
    damage !== null || status === "failed" ? TriangleAlert : backup.kind === "portable" ? FileBraces : Archive;
  const isGone = deleted !== null || status === "failed" || status === "cancelled";
  return (
    <li className="border-b border-line py-1.5 last:border-b-0">
      <div className="flex min-h-7 items-center gap-2.5">
        <Icon
          size={14}
          strokeWidth={1.6}
          aria-hidden
          className={damage !== null || status === "failed" ? "shrink-0 text-danger-text" : "shrink-0 text-ink-3"}
        />
        <span className={isGone ? "min-w-0 truncate text-ink-3" : "min-w-0 truncate font-[550]"}>
          {backupTitle(backup)}
        </span>
        {backup.pins.map((pin) => (
          <Chip key={pin.id} tone="accent" title={`Pinned as ${pin.label}: retention keeps it`}>
            <Pin aria-hidden />
            {pin.label}
          </Chip>
        ))}
        <StandingChip backup={backup} />
        <span className="flex-1" />
        <time className="whitespace-nowrap text-ink-2 max-wide:text-12">
          {formatMoment(backup.timeMs ?? backup.createdAtMs, zone, nowMs)}
        </time>
        {isOpen ? <CancelButton {...props} /> : deleted ? <BringBackButton {...props} /> : <RowMenu {...props} />}
      </div>
      <div className="pl-6 text-12 text-ink-3">{isOpen ? <Progress backup={backup} /> : <Details {...props} />}</div>
    </li>
  );
}

function StandingChip({ backup: { status, damage, deleted } }: { backup: BackupView }) {
  if (deleted) return <Chip tone="gap">deleted</Chip>;
  if (damage !== null) return <Chip tone="danger">damaged</Chip>;
  if (status === "failed") return <Chip tone="danger">failed</Chip>;
  return status === "cancelled" ? <Chip tone="gap">cancelled</Chip> : null;
}

function Progress({ backup: { status, progress } }: { backup: BackupView }) {
  if (status === "queued") return <span>Waiting for the agent</span>;
  const { done, total } = progress ?? { done: 0, total: 0 };
  const words = stageWords(progress?.stage ?? null);
  return (
    <div className="flex items-center gap-3 py-1">
      <ProgressBar label={words} done={done} total={total} className="w-40" />
      <span role="status">
        {words}
        {total > 0 && `, ${Math.floor((done / total) * 100)} %`}
      </span>
    </div>
  );
}

function Details({ backup, zone, nowMs }: Pick<RowProps, "backup" | "zone" | "nowMs">) {
  const { deleted, damage, error, status } = backup;
  if (deleted) {
    const why = deletedBecause(deleted.because);
    return (
      <p>
        Deleted{why !== null && `, as ${why}`}. It can be brought back until{" "}
        {formatMoment(deleted.purgeAfterMs, zone, nowMs, "minute")}.
      </p>
    );
  }
  if (damage !== null) return <p className="text-danger-text">{damage} Make another one.</p>;
  if (status === "failed") {
    return (
      <p className="text-danger-text">
        {error?.message} {error?.hint}
      </p>
    );
  }
  if (status === "cancelled") return <p>Nothing of it was kept.</p>;
  const standing = backupStanding(backup, zone, nowMs);
  return (
    <p>
      {backupFacts(backup)}
      {standing !== "" && ` · ${standing}`}
    </p>
  );
}

function CancelButton({ database, backup, actions }: RowProps) {
  const { namespace } = useViewer();
  const lacking = useWriteRefusal("backup.cancel", database);
  const refusal = backup.trigger === "pre_restore" ? "A restore makes it first: cancel the restore instead." : lacking;
  const cancelling = useServerAction(namespace.slug, actions.cancel);
  const isAsked = cancelling.isPending || cancelling.isSuccess;
  return (
    <Button
      tone="quiet"
      size="small"
      blockedBy={refusal}
      disabled={isAsked}
      aria-label={`Cancel the backup ${backupTitle(backup)}`}
      onClick={() => cancelling.mutate({ namespace: namespace.slug, database: database.id, backup: backup.id })}
    >
      {isAsked ? "Cancelling…" : "Cancel"}
    </Button>
  );
}

function BringBackButton({ database, backup, actions }: RowProps) {
  const { namespace } = useViewer();
  const refusal = useRefusal("backup.undelete");
  const revival = useServerAction(namespace.slug, actions.bringBack);
  return (
    <Button
      size="small"
      blockedBy={refusal}
      disabled={revival.isPending}
      aria-label={`Bring the backup ${backupTitle(backup)} back`}
      onClick={() => revival.mutate({ namespace: namespace.slug, database: database.id, backup: backup.id })}
    >
      <RotateCcw size={14} strokeWidth={1.6} aria-hidden />
      Bring back
    </Button>
  );
}

function RowMenu({ database, backup, actions, onOpen }: RowProps) {
  const { namespace } = useViewer();
  const verifying = useServerAction(namespace.slug, actions.verify);
  const mayRestore = useRefusal("restore.preview") === null;
  const mayPin = useWriteRefusal("restore-point.create", database) === null;
  const mayDownload = useRefusal("backup.download") === null;
  const mayVerify = useRefusal("backup.verify") === null;
  const mayDelete = useRefusal("backup.delete") === null;
  const { id, status, damage } = backup;
  const isWhole = status === "completed";
  const isSound = isWhole && damage === null;
  if (!mayDownload && !mayDelete && !mayRestore) return null;
  return (
    <Menu
      trigger={
        <Button
          tone="quiet"
          size="smallIcon"
          disabled={verifying.isPending}
          aria-label={`More of the backup ${backupTitle(backup)}`}
        >
          <Ellipsis size={16} strokeWidth={1.6} aria-hidden />
        </Button>
      }
    >
      {isSound && mayRestore && (
        <MenuItem
          icon={<History size={16} strokeWidth={1.6} aria-hidden />}
          onSelect={() => onOpen({ kind: "restore", backup })}
        >
          Restore…
        </MenuItem>
      )}
      {isSound && mayPin && (
        <MenuItem
          icon={<Pin size={16} strokeWidth={1.6} aria-hidden />}
          onSelect={() => onOpen({ kind: "pin", backup })}
        >
          Pin a label…
        </MenuItem>
      )}
      {isSound && mayDownload && (
        <MenuItem
          icon={<Download size={16} strokeWidth={1.6} aria-hidden />}
          onSelect={() => location.assign(apiClient.backupDownloadPath(namespace.slug, database.name, id))}
        >
          Download
        </MenuItem>
      )}
      {isWhole && mayVerify && (
        <MenuItem
          icon={<FileCheck2 size={16} strokeWidth={1.6} aria-hidden />}
          onSelect={() => verifying.mutate({ namespace: namespace.slug, database: database.id, backup: id })}
        >
          Check it again
        </MenuItem>
      )}
      {mayDelete && (
        <>
          {isWhole && <MenuLine />}
          <MenuItem
            risky
            icon={<Trash2 size={16} strokeWidth={1.6} aria-hidden />}
            onSelect={() => onOpen({ kind: "delete", backup })}
          >
            Delete…
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
