import { restrictMember } from "../../../../../../../lib/services/members/restrict-member.ts";
import { writeRightBodySchema } from "../../../../../../../lib/web/member-schemas.ts";
import { endpoint, noContent, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  PUT: endpoint({
    body: writeRightBodySchema,
    async handle({ ctx, param, body }) {
      await restrictMember(ctx, { namespace: param("ns"), userId: param("id"), ...body });
      return noContent();
    },
  }),
});
