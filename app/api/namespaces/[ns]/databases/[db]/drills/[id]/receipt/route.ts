import { readReceipt } from "../../../../../../../../../lib/services/drills/read-receipt.ts";
import { receiptAnswer } from "../../../../../../../../../lib/web/answers/drill-answers.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "getDrillReceipt",
      tag: "Drills",
      summary: "Download the signed receipt of a drill",
      action: "drill.list",
      params: { id: "The drill's id." },
      answers: { 200: { says: "The receipt.", schema: receiptAnswer, headers: ["content-disposition"] } },
      errors: ["conflict"],
    },
    async handle({ ctx, param }) {
      const drill = param("id");
      const receipt = await readReceipt(ctx, { namespace: param("ns"), database: param("db"), drill });
      return json(receipt, 200, {
        "content-disposition": `attachment; filename="drill-${drill.slice(0, 8)}.jws.json"`,
      });
    },
  }),
});
