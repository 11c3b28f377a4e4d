import { z } from "zod";
import { createToken } from "../../../../../lib/services/tokens/create-token.ts";
import { listTokens } from "../../../../../lib/services/tokens/list-tokens.ts";
import { createdTokenAnswer, tokenAnswer } from "../../../../../lib/web/answers/people-answers.ts";
import { GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { createTokenSchema, toCreateTokenInput } from "../../../../../lib/web/token-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listTokens",
      tag: "Tokens",
      summary: "List API tokens",
      action: "token.list",
      answers: { 200: { says: "Newest first.", schema: z.strictObject({ tokens: z.array(tokenAnswer) }) } },
    },
    handle: async ({ ctx, param }) => json({ tokens: await listTokens(ctx, { namespace: param("ns") }) }),
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
