import { findD1Database } from "../../../../../../../../../../lib/services/d1/find-d1-database.ts";
import { namingNearest } from "../../../../../../../../../../lib/services/history/naming-nearest.ts";
import { resolveMoment } from "../../../../../../../../../../lib/services/history/read-history.ts";
import { d1Result } from "../../../../../../../../../../lib/web/d1/d1-envelope.ts";
import { d1Endpoint, d1Route } from "../../../../../../../../../../lib/web/d1/d1-route.ts";
import { toD1Moment } from "../../../../../../../../../../lib/web/d1/d1-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  GET: d1Endpoint({
    async handle({ ctx, param, query }) {
      const account = param("account");
      const { id } = await findD1Database(ctx, "database.read", { account, database: param("db") });
      const of = { namespace: account, database: id };
      const { bookmark } = await namingNearest(ctx, of, async () => resolveMoment(ctx, of, toD1Moment(query)));
      return d1Result({ bookmark });
    },
  }),
});
