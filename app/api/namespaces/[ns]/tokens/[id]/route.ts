import { revokeToken } from "../../../../../../lib/services/tokens/revoke-token.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    operation: {
      id: "revokeToken",
      tag: "Tokens",
      summary: "Revoke an API token",
      action: "token.revoke",
      params: { id: "The token's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await revokeToken(ctx, { namespace: param("ns"), tokenId: param("id") });
      return noContent();
    },
  }),
});
