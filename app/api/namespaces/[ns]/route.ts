import { getNamespace } from "../../../../lib/services/namespaces/get-namespace.ts";
import { namespaceAnswer } from "../../../../lib/web/answers/database-answers.ts";
import { endpoint, json, route } from "../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readNamespace",
      tag: "Members",
      summary: "Read a namespace and the caller's role in it",
      action: "namespace.read",
      answers: { 200: { says: "The namespace.", schema: namespaceAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getNamespace(ctx, { namespace: param("ns") })),
  }),
});
