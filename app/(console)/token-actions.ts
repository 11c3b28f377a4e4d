"use server";

import { z } from "zod";
import { createToken } from "../../lib/services/tokens/create-token.ts";
import { revokeToken } from "../../lib/services/tokens/revoke-token.ts";
import { action } from "../../lib/web/action.ts";
import { createTokenSchema, toCreateTokenInput } from "../../lib/web/token-schemas.ts";

const namespaceSchema = z.string().max(64);

/** Makes an API token of the caller; its answer is the only place where the token is. */
export const makeToken = action(
  createTokenSchema.extend({ namespace: namespaceSchema }),
  (ctx, { namespace, ...body }) => createToken(ctx, toCreateTokenInput(namespace, body)),
);

/** Revokes an API token. */
export const endToken = action(
  z.strictObject({ namespace: namespaceSchema, tokenId: z.string().max(64) }),
  async (ctx, input) => {
    await revokeToken(ctx, input);
    return null;
  },
);
