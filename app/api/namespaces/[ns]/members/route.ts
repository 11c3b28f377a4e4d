import { listMembers } from "../../../../../lib/services/members/list-members.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ members: await listMembers(ctx, { namespace: param("ns") }) }),
  }),
});
