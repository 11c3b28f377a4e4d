import { readMarks } from "../../../../../../../lib/services/history/read-marks.ts";
import { marksQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: marksQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await readMarks(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
