"use server";

import { z } from "zod";
import { createIntegration } from "../../lib/services/integrations/create-integration.ts";
import { deleteIntegration } from "../../lib/services/integrations/delete-integration.ts";
import { pushNow } from "../../lib/services/integrations/push-now.ts";
import { updateIntegration } from "../../lib/services/integrations/update-integration.ts";
import { action } from "../../lib/web/action.ts";
import {
  createHttpSchema,
  createVercelSchema,
  settingsOf,
  updateIntegrationSchema,
} from "../../lib/web/integration-schemas.ts";

const inNamespace = { namespace: z.string().max(64) };
const ofIntegration = { ...inNamespace, integrationId: z.string().max(64) };

/** Makes an integration; its token is not shown again. */
export const makeIntegration = action(
  z.discriminatedUnion("kind", [createHttpSchema.extend(inNamespace), createVercelSchema.extend(inNamespace)]),
  (ctx, body) => {
    const { namespace, name, baseUrl, token, databases, variables } = body;
    return createIntegration(ctx, {
      namespace,
      name,
      baseUrl,
      token,
      databases,
      variables,
      settings: settingsOf(body),
    });
  },
);

/** Changes an integration, or switches it on or off. */
export const changeIntegration = action(updateIntegrationSchema.extend(ofIntegration), updateIntegration);

/** Deletes an integration. */
export const removeIntegration = action(z.strictObject(ofIntegration), async (ctx, input) => {
  await deleteIntegration(ctx, input);
  return null;
});

/** Pushes the variables now. */
export const pushVariables = action(z.strictObject(ofIntegration), pushNow);
