import { z } from "zod";
import type { RegionView } from "../client/region-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { CallContext } from "../services/call-context.ts";

/** What `/v1/regions` takes and answers. */
export const v1NamespaceSchema = z.object({ namespace: z.string().min(1).max(64).optional() });

/** A token fixes the namespace; a session names it. Throws `invalid_input` where nothing says which. */
export function namespaceOfCall({ actor }: CallContext, named: string | undefined): string {
  if (named !== undefined) return named;
  if (actor.kind === "token") return actor.namespaceId;
  throw new LastgoodError("invalid_input", "Which namespace?", {
    field: "namespace",
    hint: "Give ?namespace=, or call with an API token, which is good for one.",
  });
}

/** A region as `/v1` answers it. */
export function toV1Region({ id, engines, pitrAvailable }: RegionView) {
  return { id, name: id, engines, pitr_available: pitrAvailable };
}
