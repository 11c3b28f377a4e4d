import type { ActionResult } from "../../lib/client/api-types.ts";
import type { NewInvitationView } from "../../lib/client/member-types.ts";
import type { Role } from "../../lib/domain/actions.ts";

type OfMember = { namespace: string; userId: string };

/** The server actions about members, handed in by the page. */
export type MemberActions = {
  invite: (input: {
    namespace: string;
    email: string;
    role: Role;
    expiresInHours: number;
  }) => Promise<ActionResult<NewInvitationView>>;
  withdrawInvitation: (input: { namespace: string; invitationId: string }) => Promise<ActionResult<null>>;
  giveRole: (input: OfMember & { role: Role }) => Promise<ActionResult<null>>;
  setWriteRight: (input: OfMember & { database: string; mayWrite: boolean }) => Promise<ActionResult<null>>;
  takeOut: (input: OfMember & { confirmEmail: string }) => Promise<ActionResult<null>>;
  leave: (input: { namespace: string; confirmEmail: string }) => Promise<ActionResult<null>>;
};
