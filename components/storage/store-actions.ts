import type { ActionResult } from "../../lib/client/api-types.ts";
import type { StoreBody, StoreView } from "../../lib/client/store-types.ts";

/** What the page of storage can have done. */
export type StoreActions = {
  saveStore(input: StoreBody & { namespace: string }): Promise<ActionResult<StoreView>>;
  tryStore(input: StoreBody & { namespace: string }): Promise<ActionResult<null>>;
  keepBackupsOnDisk(input: { namespace: string }): Promise<ActionResult<StoreView>>;
};
