import { createToken } from "../../../../../lib/services/tokens/create-token.ts";
import { listTokens } from "../../../../../lib/services/tokens/list-tokens.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { createTokenSchema, toCreateTokenInput } from "../../../../../lib/web/token-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ tokens: await listTokens(ctx, { namespace: param("ns") }) }),
  }),
  POST: endpoint({
    body: createTokenSchema,
    handle: async ({ ctx, param, body }) => json(await createToken(ctx, toCreateTokenInput(param("ns"), body)), 201),
  }),
});
