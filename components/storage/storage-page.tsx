"use client";

import { HardDrive, Layers, Lock, LockOpen } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useStore } from "../../lib/client/hooks/use-store.ts";
import type { BucketView, StoreView } from "../../lib/client/store-types.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { BucketDialog } from "./bucket-dialog.tsx";
import { DiskBudgets } from "./disk-budget.tsx";
import { SecondCopyNote } from "./second-copy-note.tsx";
import { whatStays } from "./storage-words.ts";
import type { StoreActions } from "./store-actions.ts";

/** Where new backups go, what lies where, whether it is sealed, and how much room there is. */
export function StoragePage({
  initial,
  tier,
  actions,
}: {
  initial: StoreView;
  /** What the namespace is offered of PostgreSQL; null: no bounds. */
  tier: { tier: string; windowDays: number | null } | null;
  actions: StoreActions;
}) {
  const { namespace } = useViewer();
  const answer = useStore(namespace.slug, initial);
  const store = answer.data ?? initial;
  const refusal = useRefusal("store.change");
  const [open, setOpen] = useState<"bucket" | "disk" | null>(null);
  const { bucket } = store;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-20 font-semibold tracking-[-0.02em] break-words">
            {bucket ? `Backups go to ${bucket.bucket}` : "Backups lie on the agent's disk"}
          </h1>
          <p className="text-ink-2">
            {bucket
              ? "Away from the databases that they are copies of."
              : "The disk of the databases themselves: when it fails, both are gone. A bucket keeps them apart."}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {bucket && (
            <Button blockedBy={refusal} onClick={() => setOpen("disk")}>
              Use the disk…
            </Button>
          )}
          <Button tone="primary" blockedBy={refusal} onClick={() => setOpen("bucket")}>
            {bucket ? "Change…" : "Use a bucket…"}
          </Button>
        </div>
      </div>
      {answer.error && <ErrorNote error={answer.error} className="mb-4" />}
      <div className="grid max-w-[76ch] gap-4">
        <SecondCopyNote />
        {bucket && <BucketFacts bucket={bucket} />}
        <SealNote sealing={store.sealing} />
        <Places store={store} />
        <SecondCopyLink />
        <DiskBudgets save={actions.saveDiskBudget} />
        {tier && (
          <Note
            icon={<Layers size={16} strokeWidth={1.6} aria-hidden />}
            title={`This namespace is in the tier ${tier.tier}.`}
          >
            {tier.windowDays === null
              ? "PostgreSQL clusters cannot be protected in it."
              : `PostgreSQL clusters can be brought back for up to ${tier.windowDays} days.`}{" "}
            Whoever runs this Lastgood decides on it.
          </Note>
        )}
      </div>
      {open === "bucket" && <BucketDialog present={bucket} actions={actions} onClose={() => setOpen(null)} />}
      {open === "disk" && bucket && <DiskDialog bucket={bucket} actions={actions} onClose={() => setOpen(null)} />}
    </main>
  );
}

function BucketFacts({ bucket }: { bucket: BucketView }) {
  const facts: [string, string][] = [
    ["Server", bucket.endpoint === "" ? "AWS" : bucket.endpoint],
    ["Region", bucket.region],
    ["Bucket", bucket.bucket],
    ["Folder", bucket.prefix === "" ? "none" : bucket.prefix],
    ["Access key", bucket.accessKeyId],
  ];
  return (
    <section aria-label="The bucket" className="rounded-3 border border-line bg-surface p-4">
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-2">{name}</dt>
            <dd className="min-w-0 font-mono text-12 leading-5 break-all">{value}</dd>
          </div>
        ))}
        <dt className="text-ink-2">In use since</dt>
        <dd>
          <MomentText ms={bucket.createdAtMs} precision="minute" />
          {bucket.createdByName && <span className="text-ink-2">, set by {bucket.createdByName}</span>}
        </dd>
      </dl>
    </section>
  );
}

function SealNote({ sealing }: { sealing: StoreView["sealing"] }) {
  if (sealing === null) {
    return (
      <Note title="The agent does not answer.">Whether new backups are encrypted is not known at the moment.</Note>
    );
  }
  if (sealing.problem !== null) {
    return (
      <Note tone="danger" icon={<Lock size={16} strokeWidth={1.6} aria-hidden />} title="No backup can be made.">
        {sealing.problem} Whoever runs this Lastgood can mend that; nothing is stored unencrypted instead.
      </Note>
    );
  }
  return sealing.isOn ? (
    <Note tone="ok" icon={<Lock size={16} strokeWidth={1.6} aria-hidden />} title="New backups are encrypted.">
      With a key of whoever runs this Lastgood, before they leave it. Without that key nobody can read them.
    </Note>
  ) : (
    <Note icon={<LockOpen size={16} strokeWidth={1.6} aria-hidden />} title="New backups are not encrypted.">
      Whoever can read the disk or bucket can read them. To encrypt them, let LASTGOOD_STORAGE_KEYS name a file with a
      key and restart.
    </Note>
  );
}

function Places({ store }: { store: StoreView }) {
  const places = [
    ...(store.bucket ? [{ id: store.bucket.id, name: store.bucket.bucket, backups: store.bucket.backups }] : []),
    ...store.former.map(({ id, bucket, backups }) => ({ id, name: `${bucket} (formerly)`, backups })),
    { id: "disk", name: "The agent's disk", backups: store.backupsOnDisk },
  ];
  return (
    <section aria-label="What lies where" className="overflow-hidden rounded-3 border border-line bg-surface">
      <ul className="divide-y divide-line">
        {places.map(({ id, name, backups }) => (
          <li key={id} className="flex items-center justify-between gap-4 px-4 py-2.5">
            <span className="flex min-w-0 items-center gap-2.5">
              <HardDrive size={16} strokeWidth={1.6} aria-hidden className="shrink-0 text-ink-3" />
              <span className="min-w-0 break-words">{name}</span>
            </span>
            <span className="shrink-0 text-ink-2">{backups === 0 ? "no backups" : formatCount(backups, "backup")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Owners alone see it: a bucket has the databases of all namespaces. */
function SecondCopyLink() {
  const refusal = useRefusal("copy.list");
  if (refusal !== null) return null;
  return (
    <section aria-labelledby="second-copy" className="flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0 flex-1 basis-80">
        <h2 id="second-copy" className="text-16 font-semibold">
          Second copy
        </h2>
        <p className="text-ink-2">
          Whole histories, kept in a bucket within seconds. After a machine was lost its databases are brought back from
          there.
        </p>
      </div>
      <Button asChild>
        <Link href="/storage/second-copy">What the bucket holds</Link>
      </Button>
    </section>
  );
}

function DiskDialog({ bucket, actions, onClose }: { bucket: BucketView; actions: StoreActions; onClose: () => void }) {
  const { namespace } = useViewer();
  const mutation = useServerAction(namespace.slug, actions.keepBackupsOnDisk);
  return (
    <ConfirmDialog
      title="Keep new backups on the agent's disk?"
      description={whatStays(bucket)}
      closeWords="Close, nothing changes"
      tone="primary"
      icon={HardDrive}
      words="Use the disk"
      busyWords="Changing…"
      action={mutation}
      onConfirm={() => mutation.mutate({ namespace: namespace.slug }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Note tone="warn">A disk that fails takes its databases and their backups with it.</Note>
    </ConfirmDialog>
  );
}
