import { randomUUID } from "node:crypto";
import type { IntegrationView } from "../../client/integration-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { INTEGRATION_LIMITS, type IntegrationSettings, type Variable } from "../../domain/integration.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { resolveCovered } from "../databases/covered-databases.ts";
import { requireAllowedAddress } from "../egress/check-target.ts";
import { authorise, perform } from "../perform.ts";
import { requireDistinct } from "./check-variables.ts";
import { sealIntegrationToken } from "./integration-token.ts";
import { toIntegrationViews } from "./to-integration-view.ts";

export type CreateIntegrationInput = {
  namespace: string;
  name: string;
  baseUrl: string;
  settings: IntegrationSettings;
  token: string;
  /** Ids or names. */
  databases: "all" | readonly string[];
  variables: readonly Variable[];
};

/**
 * Makes an integration. Its token is kept sealed and never shown. Where it pushes to stays as it is: the log tells the truth, and a
 * token never travels to another place than the one that it was given for. Throws `address_refused`, `not_found`.
 */
export async function createIntegration(ctx: CallContext, input: CreateIntegrationInput): Promise<IntegrationView> {
  const { namespace, name, baseUrl, settings, token, variables } = input;
  await authorise(ctx, "integration.change", { namespace }, () => requireConfirmed(ctx));
  await requireAllowedAddress(baseUrl, { field: "baseUrl" });
  const id = randomUUID();
  return perform(ctx, "integration.change", { namespace }, async ({ db, principal, note }) => {
    await requireConfirmed(ctx, db);
    await requireRoom(db, principal.namespace.id);
    const databases = await resolveCovered(db, principal, input.databases);
    requireDistinct(variables, databases);
    const { kind, ...own } = settings;
    const now = nowMs();
    const row = await db.integration.create({
      data: {
        id,
        namespaceId: principal.namespace.id,
        name,
        kind,
        baseUrl,
        settings: JSON.stringify(own),
        tokenSealed: sealIntegrationToken(id, token),
        databases: databases && JSON.stringify(databases),
        variables: JSON.stringify(variables),
        createdAtMs: now,
        createdBy: principal.name,
        updatedAtMs: now,
      },
    });
    note(
      { kind: "integration", id },
      {
        after: {
          name,
          kind,
          baseUrl,
          ...own,
          databases: databases ?? "all",
          variables: variables.map((one) => one.name),
        },
      },
    );
    const [view] = await toIntegrationViews(db, principal.namespace.id, [row]);
    if (!view) throw new Error("an integration that was just written has a view");
    return view;
  });
}

async function requireRoom(db: MetadataTransaction, namespaceId: string): Promise<void> {
  const count = await db.integration.count({ where: { namespaceId, deletedAtMs: null } });
  if (count < INTEGRATION_LIMITS.perNamespace) return;
  throw new LastgoodError("conflict", `This namespace has ${count} integrations already.`, {
    hint: "Delete one that nobody needs any more.",
  });
}
