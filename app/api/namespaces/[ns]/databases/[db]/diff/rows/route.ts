import { diffMomentRows } from "../../../../../../../../lib/services/history/diff-moment-rows.ts";
import { diffRowsQuerySchema } from "../../../../../../../../lib/web/diff-schemas.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: diffRowsQuerySchema,
    handle: async ({ ctx, param, query: { moments, wanted } }) =>
      json(await diffMomentRows(ctx, { namespace: param("ns"), database: param("db") }, moments, wanted)),
  }),
});
