import { DatabaseOverview } from "../../../../../components/databases/database-overview.tsx";
import { readEnv } from "../../../../../lib/env.ts";
import { getDatabase } from "../../../../../lib/services/databases/get-database.ts";
import { removeDatabase } from "../../../actions.ts";
import { askForApproval } from "../../../approval-actions.ts";
import { changePassword, revealConnection } from "../../../connection-actions.ts";
import { currentViewer } from "../../../current-viewer.ts";
import { changeDatabase } from "../../../deletion-actions.ts";
import { findOr404 } from "../../../find-or-404.ts";

export default async function OverviewPage({ params }: { params: Promise<{ db: string }> }) {
  const { ctx, viewer } = await currentViewer();
  const reference = decodeURIComponent((await params).db);
  const database = await findOr404(getDatabase(ctx, { namespace: viewer.namespace.slug, database: reference }));
  return (
    <DatabaseOverview
      initial={database}
      renderedAtMs={Date.now()}
      graceDays={readEnv().graceDays}
      remove={removeDatabase}
      change={changeDatabase}
      connection={{ reveal: revealConnection, changePassword }}
      ask={askForApproval}
    />
  );
}
