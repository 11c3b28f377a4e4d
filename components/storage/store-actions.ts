import type { ActionResult } from "../../lib/client/api-types.ts";
import type { DiskBudgetBody, DiskBudgetView } from "../../lib/client/disk-budget-types.ts";
import type { StoreBody, StoreView } from "../../lib/client/store-types.ts";

/** What the page of storage can have done. */
export type StoreActions = {
  saveStore(input: StoreBody & { namespace: string }): Promise<ActionResult<StoreView>>;
  tryStore(input: StoreBody & { namespace: string }): Promise<ActionResult<null>>;
  saveDiskBudget(input: DiskBudgetBody & { namespace: string; agent: string }): Promise<ActionResult<DiskBudgetView>>;
  keepBackupsOnDisk(input: { namespace: string }): Promise<ActionResult<StoreView>>;
};
