"use client";

import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useDatabase } from "../../lib/client/hooks/use-databases.ts";
import { useDiff } from "../../lib/client/hooks/use-diff.ts";
import { useCommits, useResolvedMoment } from "../../lib/client/hooks/use-history.ts";
import { mayRestoreInPlace } from "../../lib/domain/capture.ts";
import { NO_ROWS, type RowSelection } from "../diff/row-selection.ts";
import type { GiveBackActions } from "../give-back/give-back-actions.ts";
import { GiveBackDialog } from "../give-back/give-back-dialog.tsx";
import { selectedTables } from "../give-back/selected-tables.ts";
import { findNeighbour } from "../recovery/find-neighbour.ts";
import { useMustAsk } from "../recovery/moment-actions.tsx";
import { MomentRefusal, refusalFromError } from "../recovery/moment-refusal.tsx";
import type { RestoreActions } from "../restores/restore-actions.ts";
import type { RestoreIntent } from "../restores/restore-dialog.tsx";
import { RestoreOrAsk } from "../restores/restore-or-ask.tsx";
import { useRefusal, useViewer, useWriteRefusal } from "../shell/console-context.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { Explorer } from "./explorer.tsx";
import { PastBar } from "./past-bar.tsx";
import { usePastAddress } from "./use-past-address.ts";

const NEIGHBOURS = 20;

/** A moment of a database's past: its tables and rows, what became of them since, and what can be done with the moment. */
export function PastPage({
  initial,
  renderedAtMs,
  actions,
}: {
  initial: DatabaseView;
  renderedAtMs: number;
  actions: RestoreActions & Pick<GiveBackActions, "giveBack">;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? renderedAtMs;
  const database = useDatabase(initial.namespace, initial.name, initial).data ?? initial;
  const { address, change } = usePastAddress();
  const [selection, setSelection] = useState<RowSelection>(NO_ROWS);
  const [intent, setIntent] = useState<RestoreIntent | null>(null);
  const [isGivingBack, setGivingBack] = useState(false);

  const resolving = useResolvedMoment(namespace.slug, database.name, address.at);
  const moment = resolving.data ?? null;
  const diff = useDiff(namespace.slug, database.name, moment?.bookmark ?? null);
  const around = moment && { atMs: moment.timeMs, before: NEIGHBOURS, after: NEIGHBOURS };
  const { commits = [] } = useCommits(namespace.slug, database.name, around).data ?? {};
  const neighbour = (direction: "before" | "after") =>
    moment ? findNeighbour(commits, moment.bookmark, direction) : null;

  const mustAsk = useMustAsk(database.name);
  const previewRefusal = useRefusal("restore.preview");
  const restoreRefusal = useRefusal("approval.request");
  const giveBackRefusal = useWriteRefusal("restore.give-back", database);
  const isProtected = mayRestoreInPlace(database.capture);
  const unprotected = isProtected ? null : "Capture is not running: there would be no way back.";
  const waits = moment ? null : "The moment is still being resolved.";

  const open = (aim: "new_preview" | "project") => {
    if (!moment) return;
    setIntent({
      source: { bookmark: moment.bookmark },
      askedMs: null,
      bookmark: moment.bookmark,
      timeMs: moment.timeMs,
      undoOf: null,
      aim,
    });
  };
  const step = (direction: "before" | "after") => {
    const next = neighbour(direction);
    if (!next) return;
    // Other rows differ from another moment: what was ticked names rows of this one.
    setSelection(NO_ROWS);
    change({ at: { bookmark: next.bookmark } });
  };
  const base = `/databases/${encodeURIComponent(database.name)}`;
  const newest = diff.data?.to.bookmark ?? database.capture?.last?.bookmark ?? null;

  if (!address.at || resolving.error) {
    return (
      <main id="main" className="px-6 py-6 max-wide:px-4">
        <h1 className="mb-3 text-20 font-semibold tracking-[-0.02em]">That moment cannot be shown</h1>
        {resolving.error ? (
          <div className="max-w-[560px] rounded-2 border border-line-strong">
            <MomentRefusal
              refusal={refusalFromError(resolving.error)}
              zone={zone}
              nowMs={nowMs}
              onChoose={(timestampMs) => change({ at: { timestampMs } })}
            />
          </div>
        ) : (
          <Note className="max-w-[560px]" title="The address names no moment.">
            Choose one on the timeline.
          </Note>
        )}
        <p className="mt-4">
          <TextLink href={`${base}/backups`}>Choose a moment of {database.name}</TextLink>
        </p>
      </main>
    );
  }
  return (
    <main id="main" className="flex flex-1 flex-col wide:h-[calc(100dvh-48px)] wide:flex-none">
      <PastBar
        moment={moment}
        nowMs={nowMs}
        nowHref={`${base}/browse`}
        mustAsk={mustAsk}
        blocks={{
          before: neighbour("before") ? null : "This is the oldest commit that is known here.",
          after: neighbour("after") ? null : "This is the newest commit.",
          preview:
            previewRefusal ?? (database.kind === "preview" ? "A preview has no previews of its own." : null) ?? waits,
          restore: restoreRefusal ?? unprotected ?? waits,
        }}
        onStep={step}
        onPreview={() => open("new_preview")}
        onRestore={() => open("project")}
      />
      <Explorer
        database={database}
        at={moment && { bookmark: moment.bookmark }}
        chosenTable={address.table}
        chosenSide={address.side}
        onTable={(table) => change({ table })}
        onSide={(side) => change({ side })}
        comparison={{
          nowAt: newest === null ? null : { bookmark: newest },
          diff: diff.data ?? null,
          error: diff.error,
          selection,
          giveBackBlock: giveBackRefusal ?? unprotected,
          onSelection: setSelection,
          onCompareAnew: () => void diff.refetch(),
          onGiveBack: () => setGivingBack(true),
        }}
      />
      {intent && <RestoreOrAsk database={database} intent={intent} actions={actions} onClose={() => setIntent(null)} />}
      {isGivingBack && moment && (
        <GiveBackDialog
          database={database}
          fromMs={moment.timeMs}
          chosen={{ from: { bookmark: moment.bookmark }, tables: selectedTables(selection) }}
          giveBack={actions.giveBack}
          onClose={() => setGivingBack(false)}
        />
      )}
    </main>
  );
}
