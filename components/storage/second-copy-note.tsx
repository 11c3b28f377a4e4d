"use client";

import { CopyCheck, CopyX } from "lucide-react";
import { isCopyBehind } from "../../lib/client/exposure-words.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useWholeExposure } from "../../lib/client/hooks/use-exposure.ts";
import type { Exposure } from "../../lib/domain/exposure.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";

const ICON = { size: 16, strokeWidth: 1.6, "aria-hidden": true } as const;

const secondCopyOf = ({ copies }: Exposure) => copies.find(({ kind }) => kind === "second_copy") ?? null;

/** Whether histories lie a second time elsewhere, and how they come to. Nothing until that is known, or where there is no database. */
export function SecondCopyNote() {
  const { namespace } = useViewer();
  const databases = useWholeExposure(namespace.slug).data?.databases ?? [];
  if (databases.length === 0) return null;
  const copied = databases.filter((one) => secondCopyOf(one) !== null);
  const behind = copied.filter(isCopyBehind);
  if (copied.length === 0) {
    return (
      <Note tone="warn" icon={<CopyX {...ICON} />} title="No history lies a second time elsewhere.">
        From a backup in a bucket what was written since is lost. A second copy of every history is a few seconds behind
        at most: whoever runs this Lastgood names a bucket for it in LASTGOOD_COPY_BUCKET;{" "}
        <code className="text-12">docs/guides/second-copy.md</code> tells how.
      </Note>
    );
  }
  if (behind.length > 0) {
    const names = behind.map(({ database }) => database);
    return (
      <Note tone="warn" icon={<CopyX {...ICON} />} title={`The second copy is behind for ${listed(names)}.`}>
        What was written since lies on this machine alone. It is tried again by itself.{" "}
        <TextLink href="/alarms">Alarms</TextLink> say why, once it lasts.
      </Note>
    );
  }
  const isAll = copied.length === databases.length;
  return (
    <Note
      tone={isAll ? "ok" : "warn"}
      icon={isAll ? <CopyCheck {...ICON} /> : <CopyX {...ICON} />}
      title={
        isAll
          ? "Every history lies a second time."
          : `Of ${formatCount(databases.length, "database")} ${copied.length} have a second copy so far.`
      }
    >
      In the bucket that whoever runs this Lastgood has named. From it alone databases come back on a new machine;{" "}
      <code className="text-12">docs/guides/second-copy.md</code> tells how.
    </Note>
  );
}

const NAMED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
