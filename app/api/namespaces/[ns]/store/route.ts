import { getStore } from "../../../../../lib/services/stores/get-store.ts";
import { keepOnDisk, setStore } from "../../../../../lib/services/stores/set-store.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { storeBodySchema } from "../../../../../lib/web/store-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({ handle: async ({ ctx, param }) => json(await getStore(ctx, { namespace: param("ns") })) }),
  PUT: endpoint({
    body: storeBodySchema,
    handle: async ({ ctx, param, body }) => json(await setStore(ctx, { namespace: param("ns"), ...body })),
  }),
  DELETE: endpoint({ handle: async ({ ctx, param }) => json(await keepOnDisk(ctx, { namespace: param("ns") })) }),
});
