import type { Metadata } from "next";
import { DatabaseList } from "../../../components/databases/database-list.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { listDatabases } from "../../../lib/services/databases/list-databases.ts";
import { readWholeExposure } from "../../../lib/services/exposure/read-exposure.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Databases" };

export default async function DatabasesPage() {
  const { ctx, viewer } = await currentViewer();
  const of = { namespace: viewer.namespace.slug };
  const [databases, exposure] = await Promise.all([listDatabases(ctx, of), readWholeExposure(ctx, of)]);
  return (
    <>
      <PageTop crumbs={[{ text: "Databases" }]} signOut={signOut} />
      <DatabaseList initial={databases} exposure={exposure} renderedAtMs={Date.now()} />
    </>
  );
}
