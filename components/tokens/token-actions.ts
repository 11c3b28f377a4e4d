import type { ActionResult, CreatedTokenView } from "../../lib/client/api-types.ts";
import type { Action } from "../../lib/domain/actions.ts";
import type { TokenPreset } from "../../lib/domain/token-grants.ts";

export type NewTokenInput = {
  name: string;
  preset?: TokenPreset;
  actions?: Action[];
  databases: "all" | string[];
  expiresInHours: number | null;
  ratePerMinute: number;
};

/** What the page of tokens can have done. */
export type TokenActions = {
  makeToken(input: NewTokenInput & { namespace: string }): Promise<ActionResult<CreatedTokenView>>;
  endToken(input: { namespace: string; tokenId: string }): Promise<ActionResult<null>>;
};
