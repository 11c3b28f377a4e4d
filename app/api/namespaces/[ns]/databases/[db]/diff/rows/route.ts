import { diffMomentRows } from "../../../../../../../../lib/services/history/diff-moment-rows.ts";
import { diffRowsAnswer } from "../../../../../../../../lib/web/answers/history-answers.ts";
import { diffRowsQuerySchema } from "../../../../../../../../lib/web/diff-schemas.ts";
import { MOMENT_ERRORS, SQL_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "diffRows",
      tag: "History",
      summary: "Read the rows of a table that differ",
      action: "database.view",
      answers: { 200: { says: "A page of rows.", schema: diffRowsAnswer } },
      errors: [...MOMENT_ERRORS, ...SQL_ERRORS, "rate_limited"],
    },
    query: diffRowsQuerySchema,
    handle: async ({ ctx, param, query: { moments, wanted } }) =>
      json(await diffMomentRows(ctx, { namespace: param("ns"), database: param("db") }, moments, wanted)),
  }),
});
