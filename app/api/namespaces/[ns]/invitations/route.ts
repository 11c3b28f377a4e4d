import { inviteMember } from "../../../../../lib/services/members/invite-member.ts";
import { pageInvitations } from "../../../../../lib/services/members/list-invitations.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { invitationAnswer, newInvitationAnswer } from "../../../../../lib/web/answers/people-answers.ts";
import { inviteBodySchema } from "../../../../../lib/web/member-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listInvitations",
      tag: "Members",
      summary: "List the invitations that nobody has accepted",
      action: "invitation.list",
      answers: { 200: { says: "A page, newest first.", schema: pageOf("invitations", invitationAnswer) } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageInvitations(ctx, { namespace: param("ns"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "inviteMember",
      tag: "Members",
      summary: "Invite somebody",
      action: "member.invite",
      answers: { 201: { says: "The link, told this once.", schema: newInvitationAnswer } },
      errors: [...GUARDED_ERRORS, "rate_limited"],
    },
    idempotent: true,
    body: inviteBodySchema,
    handle: async ({ ctx, param, body }) => json(await inviteMember(ctx, { namespace: param("ns"), ...body }), 201),
  }),
});
