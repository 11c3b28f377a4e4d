"use client";

import { useState } from "react";
import type { CopiesView, CopyView } from "../../lib/client/copy-types.ts";
import { useCopies, useCopyRestores } from "../../lib/client/hooks/use-copies.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { BringBackDialog } from "./bring-back-dialog.tsx";
import type { CopyActions } from "./copy-actions.ts";
import { CopyRestores } from "./copy-restores.tsx";
import { CopyTable } from "./copy-table.tsx";
import { answerOf } from "./copy-words.ts";

/** What the bucket of second copies holds, and the way back from there. */
export function CopiesPage({ actions }: { actions: CopyActions }) {
  const { namespace } = useViewer();
  const refusal = useRefusal("copy.bring-back");
  const { data, error } = useCopies(namespace.slug);
  const restores = useCopyRestores(namespace.slug).data?.restores ?? [];
  const [chosen, setChosen] = useState<CopyView | null>(null);
  const answer = data ? answerOf(data) : { title: "Second copy", lede: "Reading what the bucket holds…" };
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-6">
        <h1 className="text-20 font-semibold tracking-[-0.02em] break-words">{answer.title}</h1>
        {(data || !error) && <p className="max-w-[76ch] text-ink-2 wrap-anywhere">{answer.lede}</p>}
      </div>
      {error && <ErrorNote error={error} className="mb-4" />}
      {restores.length > 0 && <CopyRestores restores={restores} stop={actions.stop} />}
      {!data && !error && <Skeleton className="h-40" />}
      {data && data.bucket === null && <HowToKeepOne />}
      {data && data.copies.length > 0 && <CopyTable copies={data.copies} refusal={refusal} onBringBack={setChosen} />}
      {data && <Others metadata={data.metadata} />}
      {chosen && <BringBackDialog copy={chosen} bringBack={actions.bringBack} onClose={() => setChosen(null)} />}
    </main>
  );
}

function HowToKeepOne() {
  return (
    <Note className="max-w-[76ch]" title="Whoever runs this Lastgood can keep one.">
      Let <code className="text-12">LASTGOOD_COPY_BUCKET</code> name a bucket, set its credentials and a key, and
      restart: <code className="text-12">docs/guides/second-copy.md</code> tells how. With the bucket of a machine that
      was lost, its databases are listed here.
    </Note>
  );
}

/** People and policies of a Lastgood that is not this one come back another way, and only at once. */
function Others({ metadata }: { metadata: CopiesView["metadata"] }) {
  const others = metadata.filter(({ isOurs }) => !isOurs);
  const newestMs = Math.max(...others.map(({ newestMs }) => newestMs ?? 0));
  if (others.length === 0) return null;
  return (
    <section className="mt-8 max-w-[76ch] border-t border-line-strong pt-4 text-14">
      <h2 className="font-semibold">People, policies and labels of the lost machine</h2>
      <p className="mt-1 text-ink-2">
        The metadata of another Lastgood lie in the bucket as well
        {newestMs > 0 && (
          <>
            , as of <MomentText ms={newestMs} precision="minute" withZone />
          </>
        )}
        . To have everything back as it was, do not go on here: on an empty machine{" "}
        <code className="text-12">lastgood restore-offline --bucket … --all &lt;folder&gt;</code> makes the lost data
        directory anew, and Lastgood starts on it.
      </p>
    </section>
  );
}
