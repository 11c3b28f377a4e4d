import { readWholeExposure } from "../../../../../lib/services/exposure/read-exposure.ts";
import { wholeExposureAnswer } from "../../../../../lib/web/answers/exposure-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readWholeExposure",
      tag: "Databases",
      summary: "Read what would be lost if the machine died now",
      action: "database.list",
      answers: {
        200: { says: "Of all projects together, and of each. Previews are copies.", schema: wholeExposureAnswer },
      },
    },
    handle: async ({ ctx, param }) => json(await readWholeExposure(ctx, { namespace: param("ns") })),
  }),
});
