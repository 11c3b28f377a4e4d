import type { ActionResult } from "../../lib/client/api-types.ts";

type OfDatabase = { namespace: string; database: string };

/** What the pages do with the way into a hosted cluster. */
export type ConnectionActions = {
  /** Answers the connection string; null where there is none. */
  reveal(input: OfDatabase): Promise<ActionResult<string | null>>;
  /** Answers the new one. */
  changePassword(input: OfDatabase): Promise<ActionResult<string>>;
};
