import type { Metadata } from "next";
import { CopiesPage } from "../../../../components/copies/copies-page.tsx";
import { PageTop } from "../../../../components/shell/page-top.tsx";
import { RoleNote } from "../../../../components/shell/role-note.tsx";
import { roleMay } from "../../../../lib/domain/actions.ts";
import { signOut } from "../../../(auth)/actions.ts";
import { bringCopyBack, stopBringingBack } from "../../copy-actions.ts";
import { currentViewer } from "../../current-viewer.ts";

export const metadata: Metadata = { title: "Second copy" };

export default async function SecondCopyPage() {
  const { viewer } = await currentViewer();
  return (
    <>
      <PageTop crumbs={[{ text: "Storage", href: "/storage" }, { text: "Second copy" }]} signOut={signOut} />
      {roleMay(viewer.role, "copy.list") ? (
        <CopiesPage actions={{ bringBack: bringCopyBack, stop: stopBringingBack }} />
      ) : (
        <RoleNote title="Second copy" role={viewer.role}>
          A bucket has the databases of all namespaces: it is for owners.
        </RoleNote>
      )}
    </>
  );
}
