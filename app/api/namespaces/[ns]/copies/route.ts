import { listBucketCopies } from "../../../../../lib/services/second-copy/list-bucket-copies.ts";
import { copiesAnswer } from "../../../../../lib/web/answers/copy-answers.ts";
import { copiesQuerySchema } from "../../../../../lib/web/copy-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listCopies",
      tag: "Second copies",
      summary: "List what the bucket of second copies holds",
      description: "For owners of the first namespace: a bucket has the databases of all. Every copy's head is read.",
      action: "copy.list",
      answers: { 200: { says: "Those that are not here any more come first.", schema: copiesAnswer } },
      errors: ["storage_unavailable", "storage_key_missing"],
    },
    query: copiesQuerySchema,
    handle: async ({ ctx, param, query }) => json(await listBucketCopies(ctx, { namespace: param("ns"), ...query })),
  }),
});
