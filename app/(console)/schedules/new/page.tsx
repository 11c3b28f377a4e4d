import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { NewSchedulePage as NewSchedule } from "../../../../components/schedules/new-schedule-page.tsx";
import { PageTop } from "../../../../components/shell/page-top.tsx";
import { listDatabases } from "../../../../lib/services/databases/list-databases.ts";
import { signOut } from "../../../(auth)/actions.ts";
import { currentViewer } from "../../current-viewer.ts";
import { makeSchedule } from "../../schedule-actions.ts";

export const metadata: Metadata = { title: "New schedule" };

type Props = { searchParams: Promise<{ database?: string | string[] }> };

export default async function NewSchedulePage({ searchParams }: Props) {
  const { ctx, viewer } = await currentViewer();
  const databases = await listDatabases(ctx, { namespace: viewer.namespace.slug });
  // Without a database there is nothing to back up: the list says what comes first.
  if (databases.length === 0) redirect("/schedules");
  const { database } = await searchParams;
  return (
    <>
      <PageTop crumbs={[{ text: "Schedules", href: "/schedules" }, { text: "New schedule" }]} signOut={signOut} />
      <NewSchedule
        databases={databases.map(({ id, name }) => ({ id, name }))}
        chosen={typeof database === "string" ? database : null}
        renderedAtMs={Date.now()}
        make={makeSchedule}
      />
    </>
  );
}
