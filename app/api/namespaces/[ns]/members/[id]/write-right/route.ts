import { restrictMember } from "../../../../../../../lib/services/members/restrict-member.ts";
import { writeRightBodySchema } from "../../../../../../../lib/web/member-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  PUT: endpoint({
    operation: {
      id: "setWriteRight",
      tag: "Members",
      summary: "Withdraw or give back a member's right to write to one database",
      action: "member.restrict",
      params: { id: "The user's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    body: writeRightBodySchema,
    async handle({ ctx, param, body }) {
      await restrictMember(ctx, { namespace: param("ns"), userId: param("id"), ...body });
      return noContent();
    },
  }),
});
