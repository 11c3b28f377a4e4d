import type { Metadata } from "next";
import { RestorePage as Restore } from "../../../../../../components/restores/restore-page.tsx";
import { PageTop } from "../../../../../../components/shell/page-top.tsx";
import { getDatabase } from "../../../../../../lib/services/databases/get-database.ts";
import { getRestore } from "../../../../../../lib/services/restores/get-restore.ts";
import { signOut } from "../../../../../(auth)/actions.ts";
import { undoCompletedRestore } from "../../../../actions.ts";
import { currentViewer } from "../../../../current-viewer.ts";
import { findOr404 } from "../../../../find-or-404.ts";
import { undoGiveBack } from "../../../../give-back-actions.ts";

type Props = { params: Promise<{ db: string; id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Restore of ${decodeURIComponent((await params).db)}` };
}

export default async function RestorePage({ params }: Props) {
  const { ctx, viewer } = await currentViewer();
  const { db, id } = await params;
  const of = { namespace: viewer.namespace.slug, database: decodeURIComponent(db) };
  const database = await findOr404(getDatabase(ctx, of));
  const restore = await findOr404(getRestore(ctx, { ...of, restoreId: id }));
  const href = `/databases/${encodeURIComponent(database.name)}`;
  return (
    <>
      <PageTop
        crumbs={[
          { text: "Databases", href: "/databases" },
          { text: database.name, href: `${href}/backups` },
          { text: "Restore" },
        ]}
        signOut={signOut}
      />
      <Restore
        initial={restore}
        database={database}
        renderedAtMs={Date.now()}
        undo={undoCompletedRestore}
        undoRows={undoGiveBack}
      />
    </>
  );
}
