import { findD1Database } from "../../../../../../../../lib/services/d1/find-d1-database.ts";
import { getD1Database } from "../../../../../../../../lib/services/d1/get-d1-database.ts";
import { deleteDatabase } from "../../../../../../../../lib/services/databases/delete-database.ts";
import { updateDatabase } from "../../../../../../../../lib/services/databases/update-database.ts";
import { toD1Database } from "../../../../../../../../lib/web/d1/d1-database.ts";
import { d1Result } from "../../../../../../../../lib/web/d1/d1-envelope.ts";
import { type D1Call, d1Endpoint, d1Route } from "../../../../../../../../lib/web/d1/d1-route.ts";
import { updateD1Schema } from "../../../../../../../../lib/web/d1/d1-schemas.ts";

const update = d1Endpoint({
  body: updateD1Schema,
  async handle({ ctx, param, body }) {
    const of = { account: param("account"), database: param("db") };
    const { id } = await findD1Database(ctx, "database.update", of);
    const named = { namespace: of.account, database: id };
    if (body.name !== undefined) await updateDatabase(ctx, { ...named, name: body.name });
    const { view, tables } = await getD1Database(ctx, { ...of, database: id });
    return d1Result(toD1Database(view, tables));
  },
});

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  GET: d1Endpoint({
    async handle({ ctx, param, query }) {
      const fields = query.getAll("fields").flatMap((list) => list.split(","));
      const { view, tables } = await getD1Database(ctx, named({ param }));
      const database = toD1Database(view, tables);
      if (fields.length === 0) return d1Result(database);
      return d1Result(Object.fromEntries(Object.entries(database).filter(([name]) => fields.includes(name))));
    },
  }),
  PUT: update,
  PATCH: update,
  DELETE: d1Endpoint({
    async handle({ ctx, param }) {
      const of = named({ param });
      const { id } = await findD1Database(ctx, "database.read", of);
      await deleteDatabase(ctx, { namespace: of.account, database: id });
      return d1Result(null);
    },
  }),
});

function named({ param }: Pick<D1Call<unknown>, "param">) {
  return { account: param("account"), database: param("db") };
}
