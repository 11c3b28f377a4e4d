import { revokeInvitation } from "../../../../../../lib/services/members/list-invitations.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    operation: {
      id: "revokeInvitation",
      tag: "Members",
      summary: "Revoke an invitation",
      action: "invitation.revoke",
      params: { id: "The invitation's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await revokeInvitation(ctx, { namespace: param("ns"), invitationId: param("id") });
      return noContent();
    },
  }),
});
