import type { SecondFactorOffer } from "../../lib/client/account-types.ts";
import type { ActionResult } from "../../lib/client/api-types.ts";

type Nothing = Record<string, never>;

/** The server actions about one's own account, handed in by the page. */
export type AccountActions = {
  renewPassword: (input: { present: string; next: string }) => Promise<ActionResult<null>>;
  revokeSession: (input: { sessionId: string }) => Promise<ActionResult<null>>;
  revokeOtherSessions: (input: Nothing) => Promise<ActionResult<{ ended: number }>>;
  beginSecondFactor: (input: Nothing) => Promise<ActionResult<SecondFactorOffer>>;
  turnSecondFactorOn: (input: { code: string }) => Promise<ActionResult<{ recoveryCodes: string[] }>>;
  turnSecondFactorOff: (input: { password: string; code: string }) => Promise<ActionResult<null>>;
  renewCodes: (input: Nothing) => Promise<ActionResult<{ recoveryCodes: string[] }>>;
};
