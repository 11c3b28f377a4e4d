import type { IntegrationView } from "../../client/integration-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Variable } from "../../domain/integration.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { readCovered, resolveCovered } from "../databases/covered-databases.ts";
import { perform } from "../perform.ts";
import { requireDistinct } from "./check-variables.ts";
import { endPending } from "./end-pending.ts";
import { findIntegration, type IntegrationRow } from "./find-integration.ts";
import { sealIntegrationToken } from "./integration-token.ts";
import { readVariables, toIntegrationViews } from "./to-integration-view.ts";

export type UpdateIntegrationInput = {
  namespace: string;
  integrationId: string;
  name?: string | undefined;
  /** A new token in the place of the old one. */
  token?: string | undefined;
  databases?: "all" | readonly string[] | undefined;
  variables?: readonly Variable[] | undefined;
  active?: boolean | undefined;
};

/** Changes what is given; a new token asks people for their password again. Switched off, nothing is pushed any more. */
export function updateIntegration(ctx: CallContext, input: UpdateIntegrationInput): Promise<IntegrationView> {
  const { namespace, integrationId, name, token, active } = input;
  return perform(ctx, "integration.change", { namespace }, async ({ db, principal, note }) => {
    const row = await findIntegration(db, principal, integrationId);
    note({ kind: "integration", id: row.id }, { name: row.name });
    if (token !== undefined) await requireConfirmed(ctx, db);
    const databases =
      input.databases === undefined ? readCovered(row.databases) : await resolveCovered(db, principal, input.databases);
    const variables = input.variables ?? readVariables(row);
    requireDistinct(variables, databases);
    const changed = await db.integration.update({
      where: { id: row.id },
      data: {
        ...(name !== undefined && { name }),
        ...(token !== undefined && { tokenSealed: sealIntegrationToken(row.id, token) }),
        databases: databases && JSON.stringify(databases),
        variables: JSON.stringify(variables),
        ...(active !== undefined && { active }),
        updatedAtMs: nowMs(),
        version: { increment: 1 },
      },
    });
    if (active === false) await endPending(db, row.id, "It was switched off before.");
    note(
      { kind: "integration", id: row.id },
      {
        before: factsOf(row),
        after: factsOf(changed),
        ...(token !== undefined && { token: "changed" }),
      },
    );
    const [view] = await toIntegrationViews(db, principal.namespace.id, [changed]);
    if (!view) throw new Error("an integration that was just written has a view");
    return view;
  });
}

function factsOf(row: IntegrationRow) {
  const { name, active } = row;
  return {
    name,
    active,
    databases: readCovered(row.databases) ?? "all",
    variables: readVariables(row).map((one) => one.name),
  };
}
