import type { ActionResult } from "../../lib/client/api-types.ts";
import type { ErasureBody, ErasureView } from "../../lib/client/erasure-types.ts";
import type { ErasurePlan } from "../../lib/domain/erasure.ts";
import type { AskAction } from "../approvals/approval-actions.ts";

type OfDatabase = { namespace: string; database: string };

/** What can be done about the history of a database that is to go. */
export type ErasureActions = {
  show(input: OfDatabase & { beforeMs: number; includeBackups: boolean }): Promise<ActionResult<ErasurePlan>>;
  start(input: OfDatabase & ErasureBody): Promise<ActionResult<ErasureView>>;
  stop(input: OfDatabase & { erasure: string }): Promise<ActionResult<ErasureView>>;
  ask: AskAction;
};
