import { revokeInvitation } from "../../../../../../lib/services/members/list-invitations.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await revokeInvitation(ctx, { namespace: param("ns"), invitationId: param("id") });
      return noContent();
    },
  }),
});
