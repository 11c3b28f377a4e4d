import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isTier, TIERS, type Tier } from "../../domain/tiers.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { systemContext } from "../call-context.ts";
import { transact } from "../transact.ts";

/** A namespace and the tier that it is in; null: in none. */
export type TieredNamespace = { namespace: string; tier: Tier | null };

/** The tiers of all namespaces that are there, for whoever has the machine. */
export async function listTiers(): Promise<TieredNamespace[]> {
  const rows = await metadata().namespace.findMany({ where: { deletedAtMs: null }, orderBy: { slug: "asc" } });
  return rows.map(({ slug, tier }) => ({ namespace: slug, tier: tier !== null && isTier(tier) ? tier : null }));
}

/**
 * Puts a namespace into a tier, or out of all with null, by whoever has the machine; the audit log tells of it. What it has kept
 * stays: a tier bounds what is new. Throws `not_found`, `invalid_input`.
 */
export async function setTier(slug: string, tier: string | null): Promise<TieredNamespace & { before: string | null }> {
  if (tier !== null && !isTier(tier)) {
    throw new LastgoodError("invalid_input", `There is no tier ${tier.slice(0, 64)}.`, {
      field: "tier",
      hint: `Say ${TIERS.join(", ")} or none.`,
    });
  }
  return transact(async (tx) => {
    const found = await tx.namespace.findFirst({ where: { slug, deletedAtMs: null } });
    if (!found) {
      throw new LastgoodError("not_found", `There is no namespace ${slug.slice(0, 64)}.`, {
        hint: "Without --namespace all of them are listed.",
      });
    }
    await tx.namespace.update({ where: { id: found.id }, data: { tier } });
    await writeAuditEntry(tx, systemContext("tier"), {
      action: "namespace.tier",
      outcome: "done",
      namespaceId: found.id,
      actorName: "the command line",
      target: { kind: "namespace", id: found.id },
      detail: { before: found.tier, after: tier },
    });
    return { namespace: found.slug, tier, before: found.tier };
  });
}
