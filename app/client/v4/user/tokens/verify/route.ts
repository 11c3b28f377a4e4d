import { d1Result } from "../../../../../../lib/web/d1/d1-envelope.ts";
import { d1Endpoint, d1Route } from "../../../../../../lib/web/d1/d1-route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  GET: d1Endpoint({
    async handle({ ctx: { actor } }) {
      return d1Result({ id: actor.kind === "token" ? actor.tokenId : null, status: "active" });
    },
  }),
});
