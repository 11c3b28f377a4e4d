import type { Metadata } from "next";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { StoragePage as Storage } from "../../../components/storage/storage-page.tsx";
import { Note } from "../../../components/ui/note.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { getTier } from "../../../lib/services/namespaces/get-tier.ts";
import { getStore } from "../../../lib/services/stores/get-store.ts";
import { signOut } from "../../(auth)/actions.ts";
import { saveDiskBudget } from "../budget-actions.ts";
import { currentViewer } from "../current-viewer.ts";
import { keepBackupsOnDisk, saveStore, tryStore } from "../store-actions.ts";

export const metadata: Metadata = { title: "Storage" };

export default async function StoragePage() {
  const { ctx, viewer } = await currentViewer();
  return (
    <>
      <PageTop crumbs={[{ text: "Storage" }]} signOut={signOut} />
      {roleMay(viewer.role, "store.read") ? (
        <Storage
          tier={await getTier(ctx, { namespace: viewer.namespace.slug })}
          initial={await getStore(ctx, { namespace: viewer.namespace.slug })}
          actions={{ saveStore, tryStore, keepBackupsOnDisk, saveDiskBudget }}
        />
      ) : (
        <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
          <h1 className="mb-4 text-20 font-semibold tracking-[-0.02em]">Storage</h1>
          <Note className="max-w-[76ch]" title={`You are a ${viewer.role} here.`}>
            Where backups are kept is for owners and admins to see. Ask one of them.
          </Note>
        </main>
      )}
    </>
  );
}
