import type { Metadata } from "next";
import { SchedulePage as Schedule } from "../../../../../components/schedules/schedule-page.tsx";
import { PageTop } from "../../../../../components/shell/page-top.tsx";
import { getSchedule } from "../../../../../lib/services/schedules/get-schedule.ts";
import { signOut } from "../../../../(auth)/actions.ts";
import { currentViewer } from "../../../current-viewer.ts";
import { findOr404 } from "../../../find-or-404.ts";
import { makeSchedule, removeSchedule, runScheduleNow, saveSchedule } from "../../../schedule-actions.ts";

type Props = { params: Promise<{ db: string; id: string }> };

export const metadata: Metadata = { title: "Schedule" };

export default async function SchedulePage({ params }: Props) {
  const { ctx, viewer } = await currentViewer();
  const { db, id } = await params;
  const of = { namespace: viewer.namespace.slug, database: decodeURIComponent(db), schedule: id };
  const schedule = await findOr404(getSchedule(ctx, of));
  return (
    <>
      <PageTop
        crumbs={[
          { text: "Schedules", href: "/schedules" },
          { text: schedule.database.name, href: `/databases/${encodeURIComponent(schedule.database.name)}/backups` },
          { text: schedule.name },
        ]}
        signOut={signOut}
      />
      <Schedule
        key={schedule.id}
        initial={schedule}
        renderedAtMs={Date.now()}
        actions={{ make: makeSchedule, save: saveSchedule, remove: removeSchedule, runNow: runScheduleNow }}
      />
    </>
  );
}
