import { changeRole } from "../../../../../../lib/services/members/change-role.ts";
import { removeMember } from "../../../../../../lib/services/members/remove-member.ts";
import { roleBodySchema } from "../../../../../../lib/web/member-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  PATCH: endpoint({
    operation: {
      id: "changeRole",
      tag: "Members",
      summary: "Change a member's role",
      action: "member.change-role",
      params: { id: "The user's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    body: roleBodySchema,
    async handle({ ctx, param, body }) {
      await changeRole(ctx, { namespace: param("ns"), userId: param("id"), role: body.role });
      return noContent();
    },
  }),
  DELETE: endpoint({
    operation: {
      id: "removeMember",
      tag: "Members",
      summary: "Remove a member, or leave",
      action: ["member.remove", "member.leave"],
      params: { id: "The user's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await removeMember(ctx, { namespace: param("ns"), userId: param("id") });
      return noContent();
    },
  }),
});
