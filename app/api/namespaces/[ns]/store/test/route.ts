import { testStore } from "../../../../../../lib/services/stores/set-store.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS, STORAGE_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";
import { storeBodySchema } from "../../../../../../lib/web/store-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "testStore",
      tag: "Backups",
      summary: "Try a bucket",
      action: "store.change",
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS, ...ADDRESS_ERRORS, ...STORAGE_ERRORS],
    },
    body: storeBodySchema,
    async handle({ ctx, param, body }) {
      await testStore(ctx, { namespace: param("ns"), ...body });
      return noContent();
    },
  }),
});
