import { rotatePassword } from "../../../../../../../lib/services/databases/rotate-password.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    handle: async ({ ctx, param }) =>
      json(await rotatePassword(ctx, { namespace: param("ns"), database: param("db") })),
  }),
});
