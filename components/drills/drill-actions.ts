import type { ActionResult } from "../../lib/client/api-types.ts";
import type { DrillPlanView, DrillView } from "../../lib/client/drill-types.ts";
import type { DrillPlanDraft } from "../../lib/domain/drill.ts";

type OfDatabase = { namespace: string; database: string };

/** What the page of drills calls on the server. */
export type DrillActions = {
  start(input: OfDatabase): Promise<ActionResult<DrillView>>;
  cancel(input: OfDatabase & { drill: string }): Promise<ActionResult<DrillView>>;
  savePlan(input: OfDatabase & DrillPlanDraft & { version: number }): Promise<ActionResult<DrillPlanView>>;
};
