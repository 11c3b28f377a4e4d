import type { Metadata } from "next";
import { AlarmBand } from "../../components/alarms/alarm-band.tsx";
import { Home } from "../../components/databases/home.tsx";
import { PageTop } from "../../components/shell/page-top.tsx";
import { listAlarms } from "../../lib/services/alarms/list-alarms.ts";
import { listDatabases } from "../../lib/services/databases/list-databases.ts";
import { readWholeExposure } from "../../lib/services/exposure/read-exposure.ts";
import { signOut } from "../(auth)/actions.ts";
import { currentViewer } from "./current-viewer.ts";

export const metadata: Metadata = { title: "Home" };

export default async function HomePage() {
  const { ctx, viewer } = await currentViewer();
  const of = { namespace: viewer.namespace.slug };
  const [databases, exposure, alarms] = await Promise.all([
    listDatabases(ctx, of),
    readWholeExposure(ctx, of),
    listAlarms(ctx, { ...of, state: "open", limit: 20 }),
  ]);
  return (
    <>
      <PageTop crumbs={[{ text: "Home" }]} signOut={signOut} />
      <AlarmBand initial={alarms} />
      <Home initial={databases} exposure={exposure} renderedAtMs={Date.now()} />
    </>
  );
}
