import type { Exposure, WholeExposure } from "../../domain/exposure.ts";
import { wholeExposure } from "../../domain/exposure.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, visibleTo } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { measureKnown, readKnown } from "./measure.ts";

/** What would be lost of one database if the machine died now. */
export async function readExposure(ctx: CallContext, { namespace, database }: OfDatabase): Promise<Exposure> {
  const nowMs = Date.now();
  const known = await perform(ctx, "database.read", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    return readKnown(db, { databaseId: row.id }, [row], nowMs);
  });
  const [exposure] = await measureKnown(known, nowMs);
  if (!exposure) throw new Error("a database that exists has an exposure");
  return exposure;
}

/** The same of all projects that the caller sees, and of the whole. Previews are copies: nothing is lost with them. */
export async function readWholeExposure(
  ctx: CallContext,
  { namespace }: { namespace: string },
): Promise<WholeExposure> {
  const nowMs = Date.now();
  const known = await perform(ctx, "database.list", { namespace }, async ({ db, principal }) => {
    const rows = await db.database.findMany({
      where: { ...visibleTo(principal), deletedAtMs: null, kind: "project" },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    });
    return readKnown(db, { namespaceId: principal.namespace.id }, rows, nowMs);
  });
  return wholeExposure(await measureKnown(known, nowMs), nowMs);
}
