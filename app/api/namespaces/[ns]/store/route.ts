import { getStore } from "../../../../../lib/services/stores/get-store.ts";
import { keepOnDisk, setStore } from "../../../../../lib/services/stores/set-store.ts";
import { storeAnswer } from "../../../../../lib/web/answers/backup-answers.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS, STORAGE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { storeBodySchema } from "../../../../../lib/web/store-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readStore",
      tag: "Backups",
      summary: "Read where backups are stored",
      action: "store.read",
      answers: { 200: { says: "Where they go.", schema: storeAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getStore(ctx, { namespace: param("ns") })),
  }),
  PUT: endpoint({
    operation: {
      id: "setStore",
      tag: "Backups",
      summary: "Store backups in a bucket",
      action: "store.change",
      answers: { 200: { says: "Where they go.", schema: storeAnswer } },
      errors: [...GUARDED_ERRORS, ...ADDRESS_ERRORS, ...STORAGE_ERRORS],
    },
    body: storeBodySchema,
    handle: async ({ ctx, param, body }) => json(await setStore(ctx, { namespace: param("ns"), ...body })),
  }),
  DELETE: endpoint({
    operation: {
      id: "keepOnDisk",
      tag: "Backups",
      summary: "Store backups on the agent's own disk again",
      action: "store.change",
      answers: { 200: { says: "Where they go.", schema: storeAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    handle: async ({ ctx, param }) => json(await keepOnDisk(ctx, { namespace: param("ns") })),
  }),
});
