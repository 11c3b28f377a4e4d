import { pageMembers } from "../../../../../lib/services/members/list-members.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { memberAnswer } from "../../../../../lib/web/answers/people-answers.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listMembers",
      tag: "Members",
      summary: "List the members",
      action: "member.list",
      answers: { 200: { says: "A page, the longest there first.", schema: pageOf("members", memberAnswer) } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageMembers(ctx, { namespace: param("ns"), ...query })),
  }),
});
