import type { Metadata } from "next";
import { DatabaseList } from "../../../components/databases/database-list.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { listDatabases } from "../../../lib/services/databases/list-databases.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Databases" };

export default async function DatabasesPage() {
  const { ctx, viewer } = await currentViewer();
  const databases = await listDatabases(ctx, { namespace: viewer.namespace.slug });
  return (
    <>
      <PageTop crumbs={[{ text: "Databases" }]} signOut={signOut} />
      <DatabaseList initial={databases} renderedAtMs={Date.now()} />
    </>
  );
}
