import { inviteMember } from "../../../../../lib/services/members/invite-member.ts";
import { listInvitations } from "../../../../../lib/services/members/list-invitations.ts";
import { inviteBodySchema } from "../../../../../lib/web/member-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ invitations: await listInvitations(ctx, { namespace: param("ns") }) }),
  }),
  POST: endpoint({
    body: inviteBodySchema,
    handle: async ({ ctx, param, body }) => json(await inviteMember(ctx, { namespace: param("ns"), ...body }), 201),
  }),
});
