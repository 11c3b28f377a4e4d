import type { Metadata } from "next";
import { DeletedPage as Deleted } from "../../../components/deleted/deleted-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { readEnv } from "../../../lib/env.ts";
import { listDeletedDatabases } from "../../../lib/services/databases/list-deleted-databases.ts";
import { listDeletedNamespaces } from "../../../lib/services/namespaces/list-deleted-namespaces.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";
import { bringDatabaseBack, bringNamespaceBack, removeNamespace } from "../deletion-actions.ts";

export const metadata: Metadata = { title: "Deleted" };

export default async function DeletedPage() {
  const { ctx, viewer } = await currentViewer();
  const databases = await listDeletedDatabases(ctx, { namespace: viewer.namespace.slug });
  return (
    <>
      <PageTop crumbs={[{ text: "Deleted" }]} signOut={signOut} />
      <Deleted
        initial={databases}
        namespaces={await listDeletedNamespaces(ctx)}
        graceDays={readEnv().graceDays}
        actions={{ bringDatabaseBack, bringNamespaceBack, removeNamespace }}
      />
    </>
  );
}
