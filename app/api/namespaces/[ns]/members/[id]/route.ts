import { changeRole } from "../../../../../../lib/services/members/change-role.ts";
import { removeMember } from "../../../../../../lib/services/members/remove-member.ts";
import { roleBodySchema } from "../../../../../../lib/web/member-schemas.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  PATCH: endpoint({
    body: roleBodySchema,
    async handle({ ctx, param, body }) {
      await changeRole(ctx, { namespace: param("ns"), userId: param("id"), role: body.role });
      return noContent();
    },
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await removeMember(ctx, { namespace: param("ns"), userId: param("id") });
      return noContent();
    },
  }),
});
