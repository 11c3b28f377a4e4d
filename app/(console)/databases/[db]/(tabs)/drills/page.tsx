import type { Metadata } from "next";
import { DrillsTab } from "../../../../../../components/drills/drills-tab.tsx";
import { getDatabase } from "../../../../../../lib/services/databases/get-database.ts";
import { listDrills } from "../../../../../../lib/services/drills/list-drills.ts";
import { currentViewer } from "../../../../current-viewer.ts";
import { cancelDrill, saveDrillPlan, startDrill } from "../../../../drill-actions.ts";
import { findOr404 } from "../../../../find-or-404.ts";

type Props = { params: Promise<{ db: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).db)}, drills` };
}

export default async function DrillsPage({ params }: Props) {
  const { ctx, viewer } = await currentViewer();
  const reference = decodeURIComponent((await params).db);
  const database = await findOr404(getDatabase(ctx, { namespace: viewer.namespace.slug, database: reference }));
  const initial = await listDrills(ctx, { namespace: viewer.namespace.slug, database: database.id });
  return (
    <DrillsTab
      database={database}
      initial={initial}
      actions={{ start: startDrill, cancel: cancelDrill, savePlan: saveDrillPlan }}
    />
  );
}
