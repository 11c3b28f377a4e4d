import type { Metadata } from "next";
import type { ReactNode } from "react";
import { DatabaseHeader } from "../../../../../components/databases/database-header.tsx";
import { PageTop } from "../../../../../components/shell/page-top.tsx";
import { getDatabase } from "../../../../../lib/services/databases/get-database.ts";
import { signOut } from "../../../../(auth)/actions.ts";
import { askForApproval } from "../../../approval-actions.ts";
import { currentViewer } from "../../../current-viewer.ts";
import { startCutover } from "../../../cutover-actions.ts";
import { findOr404 } from "../../../find-or-404.ts";
import { deletePreview, extendPreview } from "../../../preview-actions.ts";

type Props = { params: Promise<{ db: string }>; children: ReactNode };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).db) };
}

export default async function DatabaseLayout({ params, children }: Props) {
  const { ctx, viewer } = await currentViewer();
  const reference = decodeURIComponent((await params).db);
  const database = await findOr404(getDatabase(ctx, { namespace: viewer.namespace.slug, database: reference }));
  return (
    <>
      <PageTop crumbs={[{ text: "Databases", href: "/databases" }, { text: database.name }]} signOut={signOut} />
      <main id="main" className="flex flex-1 flex-col">
        <DatabaseHeader
          initial={database}
          renderedAtMs={Date.now()}
          previewActions={{ extend: extendPreview, remove: deletePreview, cutover: startCutover, ask: askForApproval }}
        />
        {children}
      </main>
    </>
  );
}
