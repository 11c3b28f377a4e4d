import { revokeToken } from "../../../../../../lib/services/tokens/revoke-token.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await revokeToken(ctx, { namespace: param("ns"), tokenId: param("id") });
      return noContent();
    },
  }),
});
