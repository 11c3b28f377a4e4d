import { queryDatabase } from "../../../../../../../lib/services/databases/query-database.ts";
import { sqlAnswer } from "../../../../../../../lib/web/answers/database-answers.ts";
import { queryBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { HISTORY_ERRORS, SQL_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "queryDatabase",
      tag: "Databases",
      summary: "Run SQL",
      description: "The bookmark in the header names the state after the last statement.",
      action: "database.query",
      answers: {
        200: {
          says: "One result a statement, in the form of D1's API.",
          schema: sqlAnswer,
          headers: ["x-lastgood-bookmark"],
        },
      },
      errors: [...SQL_ERRORS, ...HISTORY_ERRORS, "storage_full", "committed_not_protected", "conflict"],
    },
    body: queryBodySchema,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    async handle({ ctx, param, body }) {
      const reply = await queryDatabase(ctx, { namespace: param("ns"), database: param("db"), ...body });
      // The agent's text goes out as it is: parsing it here would round 64-bit integers.
      return new Response(reply.resultsJson, {
        headers: {
          "content-type": "application/json",
          "cache-control": "no-store",
          "x-lastgood-bookmark": reply.bookmark,
        },
      });
    },
  }),
});
