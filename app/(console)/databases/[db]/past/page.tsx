import type { Metadata } from "next";
import { PastPage as Past } from "../../../../../components/past/past-page.tsx";
import { PageTop } from "../../../../../components/shell/page-top.tsx";
import { getDatabase } from "../../../../../lib/services/databases/get-database.ts";
import { signOut } from "../../../../(auth)/actions.ts";
import { startRestore, undoCompletedRestore } from "../../../actions.ts";
import { askForApproval, changeRequestedMoment } from "../../../approval-actions.ts";
import { currentViewer } from "../../../current-viewer.ts";
import { findOr404 } from "../../../find-or-404.ts";
import { giveBack } from "../../../give-back-actions.ts";

type Props = { params: Promise<{ db: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).db)}, the past` };
}

export default async function PastPage({ params }: Props) {
  const { ctx, viewer } = await currentViewer();
  const reference = decodeURIComponent((await params).db);
  const database = await findOr404(getDatabase(ctx, { namespace: viewer.namespace.slug, database: reference }));
  const href = `/databases/${encodeURIComponent(database.name)}`;
  return (
    <>
      <PageTop
        crumbs={[
          { text: "Databases", href: "/databases" },
          { text: database.name, href: `${href}/backups` },
          { text: "The past" },
        ]}
        signOut={signOut}
      />
      <Past
        initial={database}
        renderedAtMs={Date.now()}
        actions={{
          restore: startRestore,
          undo: undoCompletedRestore,
          ask: askForApproval,
          change: changeRequestedMoment,
          giveBack,
        }}
      />
    </>
  );
}
