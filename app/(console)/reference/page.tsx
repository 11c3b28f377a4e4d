import type { Metadata } from "next";
import { ReferencePage as Reference } from "../../../components/reference/reference-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { listReference } from "../../../lib/client/read-reference.ts";
import { readEnv } from "../../../lib/env.ts";
import { signOut } from "../../(auth)/actions.ts";
import { readDocument } from "../../api/openapi.json/read-document.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "API reference" };

export default async function ReferencePage() {
  const { viewer } = await currentViewer();
  const { document } = await readDocument();
  return (
    <>
      <PageTop crumbs={[{ text: "API reference" }]} signOut={signOut} />
      <Reference
        groups={listReference(document)}
        caller={{ baseUrl: readEnv().publicUrl, namespace: viewer.namespace.slug }}
      />
    </>
  );
}
