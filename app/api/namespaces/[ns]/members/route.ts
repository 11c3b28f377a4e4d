import { z } from "zod";
import { listMembers } from "../../../../../lib/services/members/list-members.ts";
import { memberAnswer } from "../../../../../lib/web/answers/people-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listMembers",
      tag: "Members",
      summary: "List the members",
      action: "member.list",
      answers: { 200: { says: "By e-mail.", schema: z.strictObject({ members: z.array(memberAnswer) }) } },
    },
    handle: async ({ ctx, param }) => json({ members: await listMembers(ctx, { namespace: param("ns") }) }),
  }),
});
