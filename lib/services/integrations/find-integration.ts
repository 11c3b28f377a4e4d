import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { Principal } from "../find-principal.ts";

export type IntegrationRow = Prisma.IntegrationGetPayload<Record<string, never>>;

/** An integration of the caller's namespace. Anything else is `not_found`. */
export async function findIntegration(
  db: MetadataReader,
  principal: Principal,
  integrationId: string,
): Promise<IntegrationRow> {
  const row = isUuid(integrationId)
    ? await db.integration.findFirst({
        where: { id: integrationId.toLowerCase(), namespaceId: principal.namespace.id, deletedAtMs: null },
      })
    : null;
  if (!row) {
    throw new LastgoodError("not_found", "There is no such integration in this namespace.", {
      hint: "List its integrations.",
    });
  }
  return row;
}
