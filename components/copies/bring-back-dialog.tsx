"use client";

import { CloudDownload } from "lucide-react";
import { useState } from "react";
import type { BringBackBody, CopyView } from "../../lib/client/copy-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { type ParsedMomentText, parseMomentText } from "../../lib/domain/parse-moment-text.ts";
import { BookmarkText } from "../recovery/bookmark-text.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { CopyActions } from "./copy-actions.ts";
import { nameOf } from "./copy-words.ts";

/** At which moment, under which name, and what will happen. Closing the dialog starts nothing. */
export function BringBackDialog({
  copy,
  bringBack,
  onClose,
}: {
  copy: CopyView;
  bringBack: CopyActions["bringBack"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? Date.now();
  const [at, setAt] = useState("");
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  const starting = useServerAction(namespace.slug, bringBack);
  const chosenMs = copy.newest?.timeMs ?? nowMs;
  const parsed = parseMomentText(at, { nowMs, zone, chosenMs, labels: [] });
  const refused = starting.error?.details.field;
  const problem = problemOf(parsed, copy, zone, nowMs);
  const changed = (set: (text: string) => void) => (text: string) => {
    starting.reset();
    set(text);
  };
  return (
    <FormDialog
      title={`Bring back ${nameOf(copy)}`}
      description="From its second copy, as a new hosted database. Nothing that is here is touched."
      closeWords="Close, nothing starts"
      tone="primary"
      icon={CloudDownload}
      words="Bring it back"
      busyWords="Starting…"
      canStart={problem === null}
      isBusy={starting.isPending}
      onSubmit={() =>
        starting.mutate(
          {
            ...{ namespace: namespace.slug, copyId: copy.id, ...momentOf(parsed) },
            ...(name.trim() !== "" && { name: name.trim() }),
            ...(reason.trim() !== "" && { reason: reason.trim() }),
          },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <Window copy={copy} />
      <Field
        label="Moment"
        remark="empty for the newest commit"
        hint={momentHint(parsed, zone, nowMs)}
        error={at !== "" ? (problem ?? undefined) : refused === "timestamp" ? starting.error?.message : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            spellCheck={false}
            placeholder="newest"
            value={at}
            onChange={(event) => changed(setAt)(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Name here"
        remark="empty for its own"
        hint={`Without one it is called ${copy.name ?? "after the copy"}, or the next free name.`}
        error={refused === "name" ? starting.error?.message : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder={copy.name ?? ""}
            value={name}
            onChange={(event) => changed(setName)(event.currentTarget.value)}
          />
        )}
      </Field>
      <ReasonField value={reason} onChange={setReason} />
      <Note title="What will happen.">
        About {formatBytes(copy.sizeBytes)} are fetched, each piece compared with its checksum; the state of that moment
        becomes a database of its own, which is protected from then on with a history that begins there. The copy stays
        in the bucket, so that any other moment of it can be brought back, too.
        {copy.origin === "attached" && " It was attached to something outside: what is made here is hosted."}
        {copy.engine === "postgres" && " The cluster gets a connection string of its own, with a new password."}
      </Note>
      {copy.problem !== null && (
        <Note tone="warn" title="The copy is not as it should be.">
          {copy.problem}
        </Note>
      )}
      {starting.error && refused !== "name" && refused !== "timestamp" && <ErrorNote error={starting.error} />}
    </FormDialog>
  );
}

/** From when to when the copy reaches, and the commit that is proposed. */
function Window({ copy: { oldest, newest } }: { copy: CopyView }) {
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5 border-b border-line pb-4">
      {oldest && (
        <>
          <dt className="text-ink-3">Oldest moment</dt>
          <dd>
            <MomentText ms={oldest.timeMs} precision="second" withZone />
          </dd>
        </>
      )}
      {newest && (
        <>
          <dt className="text-ink-3">Newest commit</dt>
          <dd>
            <MomentText ms={newest.timeMs} precision="millisecond" withZone />
          </dd>
          <dt className="text-ink-3">Its bookmark</dt>
          <dd>
            <BookmarkText bookmark={newest.bookmark} />
          </dd>
        </>
      )}
    </dl>
  );
}

function momentOf(parsed: ParsedMomentText): Pick<BringBackBody, "timestamp" | "bookmark"> {
  if (parsed.kind === "time") return { timestamp: parsed.atMs };
  return parsed.kind === "bookmark" ? { bookmark: parsed.bookmark } : {};
}

function momentHint(parsed: ParsedMomentText, zone: string, nowMs: number): string {
  if (parsed.kind === "bookmark") return "Exactly that commit.";
  if (parsed.kind === "time") {
    const when = `${formatMoment(parsed.atMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`;
    return `The newest commit at or before ${when}; which one is told once the history was fetched, before anything is written.`;
  }
  return `As 14:03, 2026-11-20 14:00 or 3 hours ago, read in ${formatZone(zone)}; or a bookmark.`;
}

/** Why it cannot start with that moment; null where it can. */
function problemOf(
  parsed: ParsedMomentText,
  { oldest, newest, completeUntilMs }: CopyView,
  zone: string,
  nowMs: number,
): string | null {
  if (parsed.kind === "unreadable") return parsed.hint;
  if (parsed.kind === "repeated") return "This time happens twice: the clocks go back. Add the offset, as +02:00.";
  if (parsed.kind === "skipped") return "This time does not happen: the clocks go forward. Choose one beside it.";
  if (parsed.kind === "time" && oldest && parsed.atMs < oldest.timeMs) {
    return `The copy begins at ${formatMoment(oldest.timeMs, zone, nowMs)} ${formatZone(zone)}.`;
  }
  const untilMs = Math.max(newest?.timeMs ?? 0, completeUntilMs ?? 0);
  if (parsed.kind === "time" && parsed.atMs > untilMs) {
    return `The copy is complete up to ${formatMoment(untilMs, zone, nowMs)} ${formatZone(zone)}, and knows nothing later.`;
  }
  return null;
}
