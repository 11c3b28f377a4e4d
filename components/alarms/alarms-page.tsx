"use client";

import { BellRing, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { AlarmSettingsView, AlarmsView } from "../../lib/client/alarm-types.ts";
import { useAlarms } from "../../lib/client/hooks/use-alarms.ts";
import { AnswerHead } from "../shell/answer-head.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { Segmented } from "../ui/segmented.tsx";
import type { AlarmActions } from "./alarm-actions.ts";
import { AlarmList } from "./alarm-list.tsx";
import { answerOf, troublesOf } from "./alarm-words.ts";
import { TellingPanel } from "./telling-panel.tsx";

type Shown = "open" | "resolved" | "all";

const SHOWN = [
  { value: "open", text: "Open" },
  { value: "resolved", text: "Resolved" },
  { value: "all", text: "All" },
] as const;

/** What is wrong, who knows of it, and whether people are told. */
export function AlarmsPage({
  initial,
  settings,
  actions,
}: {
  /** The open ones. */
  initial: AlarmsView;
  settings: AlarmSettingsView | null;
  actions: AlarmActions;
}) {
  const { namespace } = useViewer();
  const [shown, setShown] = useState<Shown>("open");
  const query = useAlarms(namespace.slug, shown === "all" ? null : shown, shown === "open" ? initial : undefined);
  const pages = query.data?.pages ?? [initial];
  const view = pages[0] ?? initial;
  const alarms = pages.flatMap((page) => page.alarms);
  const { answer, lede } = answerOf(view);
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <AnswerHead
        question={
          <>
            <BellRing size={16} strokeWidth={1.6} aria-hidden />
            Is anything wrong?
          </>
        }
        answer={answer}
        lede={lede}
      />
      {query.error && <ErrorNote error={query.error} className="mt-4" />}
      {troublesOf(view.telling).map(({ title, text }) => (
        <Note
          key={title}
          tone="warn"
          className="mt-4"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title={title}
        >
          {text}
        </Note>
      ))}
      <Segmented label="Which alarms" value={shown} options={SHOWN} onChange={setShown} className="mt-5 mb-3" />
      {alarms.length === 0 ? (
        <p className="border-t border-line-strong py-4 text-ink-2">
          {shown === "open"
            ? "Capture, gaps, drills, schedules, deletes, clocks and agents are looked at every ten seconds."
            : "There is none."}
        </p>
      ) : (
        <AlarmList alarms={alarms} acknowledge={actions.acknowledge} resolve={actions.resolve} />
      )}
      {query.hasNextPage && (
        <Button className="mt-3" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show older alarms
        </Button>
      )}
      <TellingPanel telling={view.telling} settings={settings} actions={actions} />
    </main>
  );
}
