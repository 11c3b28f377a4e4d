import { readMarks } from "../../../../../../../lib/services/history/read-marks.ts";
import { commitMarksAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { marksQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { MOMENT_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readMarks",
      tag: "History",
      summary: "List large deletes and changes of the schema",
      action: "database.read",
      answers: { 200: { says: "The marks.", schema: commitMarksAnswer } },
      errors: [...MOMENT_ERRORS],
    },
    query: marksQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await readMarks(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
