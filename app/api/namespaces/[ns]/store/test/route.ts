import { testStore } from "../../../../../../lib/services/stores/set-store.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";
import { storeBodySchema } from "../../../../../../lib/web/store-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: storeBodySchema,
    async handle({ ctx, param, body }) {
      await testStore(ctx, { namespace: param("ns"), ...body });
      return noContent();
    },
  }),
});
