import { readWindow } from "../../../../../../../lib/services/history/read-history.ts";
import { recoveryWindowAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { HISTORY_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readWindow",
      tag: "History",
      summary: "Read the recovery window",
      action: "database.read",
      answers: { 200: { says: "Its spans; between two of them is a gap.", schema: recoveryWindowAnswer } },
      errors: [...HISTORY_ERRORS],
    },
    handle: async ({ ctx, param }) => json(await readWindow(ctx, { namespace: param("ns"), database: param("db") })),
  }),
});
