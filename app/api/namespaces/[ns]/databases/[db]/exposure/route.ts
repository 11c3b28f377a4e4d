import { readExposure } from "../../../../../../../lib/services/exposure/read-exposure.ts";
import { exposureAnswer } from "../../../../../../../lib/web/answers/exposure-answers.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readExposure",
      tag: "Databases",
      summary: "Read what of a database would be lost if its machine died now",
      action: "database.read",
      answers: { 200: { says: "What, and from where it would come back how fast.", schema: exposureAnswer } },
    },
    handle: async ({ ctx, param }) => json(await readExposure(ctx, { namespace: param("ns"), database: param("db") })),
  }),
});
