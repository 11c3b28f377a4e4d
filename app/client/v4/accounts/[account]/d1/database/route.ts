import { awaitD1Database } from "../../../../../../../lib/services/d1/await-d1-database.ts";
import { listD1Databases } from "../../../../../../../lib/services/d1/list-d1-databases.ts";
import { toD1Database, toD1Listed } from "../../../../../../../lib/web/d1/d1-database.ts";
import { d1Result } from "../../../../../../../lib/web/d1/d1-envelope.ts";
import { d1Endpoint, d1Route } from "../../../../../../../lib/web/d1/d1-route.ts";
import { createD1Schema, d1PageSchema } from "../../../../../../../lib/web/d1/d1-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  GET: d1Endpoint({
    async handle({ ctx, param, query }) {
      const { page, per_page, name } = d1PageSchema.parse(Object.fromEntries(query));
      const asked = { account: param("account"), page, perPage: per_page, name };
      const { databases, totalCount } = await listD1Databases(ctx, asked);
      const result_info = { page, per_page, count: databases.length, total_count: totalCount };
      return d1Result(
        databases.map((database) => toD1Listed(database)),
        { result_info },
      );
    },
  }),
  POST: d1Endpoint({
    body: createD1Schema,
    async handle({ ctx, param, body, request }) {
      const created = await awaitD1Database(ctx, {
        account: param("account"),
        name: body.name,
        hint: body.primary_location_hint ?? null,
        signal: request.signal,
      });
      return d1Result(toD1Database(created, 0));
    },
  }),
});
