import type { ActionResult, RestoreView } from "../../lib/client/api-types.ts";
import type { BringBackBody } from "../../lib/client/copy-types.ts";

/** The server actions about second copies, handed in by the page. */
export type CopyActions = {
  bringBack(input: BringBackBody & { namespace: string; copyId: string }): Promise<ActionResult<RestoreView>>;
  stop(input: { namespace: string; restoreId: string }): Promise<ActionResult<RestoreView>>;
};
