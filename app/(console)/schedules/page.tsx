import type { Metadata } from "next";
import { SchedulesPage as Schedules } from "../../../components/schedules/schedules-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { listDatabases } from "../../../lib/services/databases/list-databases.ts";
import { listSchedules } from "../../../lib/services/schedules/get-schedule.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Schedules" };

export default async function SchedulesPage() {
  const { ctx, viewer } = await currentViewer();
  const namespace = viewer.namespace.slug;
  const [schedules, databases] = await Promise.all([
    listSchedules(ctx, { namespace }),
    listDatabases(ctx, { namespace }),
  ]);
  return (
    <>
      <PageTop crumbs={[{ text: "Schedules" }]} signOut={signOut} />
      <Schedules initial={schedules} hasDatabases={databases.length > 0} renderedAtMs={Date.now()} />
    </>
  );
}
