import { createToken } from "../../../../../lib/services/tokens/create-token.ts";
import { pageTokens } from "../../../../../lib/services/tokens/list-tokens.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { createdTokenAnswer, tokenAnswer } from "../../../../../lib/web/answers/people-answers.ts";
import { GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { createTokenSchema, toCreateTokenInput } from "../../../../../lib/web/token-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listTokens",
      tag: "Tokens",
      summary: "List API tokens",
      action: "token.list",
      answers: { 200: { says: "A page, newest first.", schema: pageOf("tokens", tokenAnswer) } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageTokens(ctx, { namespace: param("ns"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createToken",
      tag: "Tokens",
      summary: "Make an API token",
      action: "token.create",
      answers: { 201: { says: "The token, told this once.", schema: createdTokenAnswer } },
      errors: [...GUARDED_ERRORS, "rate_limited"],
    },
    idempotent: true,
    body: createTokenSchema,
    handle: async ({ ctx, param, body }) => json(await createToken(ctx, toCreateTokenInput(param("ns"), body)), 201),
  }),
});
