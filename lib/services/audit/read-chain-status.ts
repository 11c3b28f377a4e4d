import type { AuditAnchorView, AuditStatusView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import type { ChainedEntry } from "../../domain/audit-chain.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../call-context.ts";
import { loadSecret } from "../load-secret.ts";
import { perform } from "../perform.ts";
import { readLastAnchor } from "./anchor-file.ts";
import { newestAnchor } from "./anchor-log.ts";
import { auditKeyOf } from "./audit-key.ts";
import { verifyChain } from "./verify-chain.ts";

/** How many of the newest entries a look at the page proves; `lastgood audit verify` proves all. */
const NEWEST = 200;

/** Whether the newest entries are one unbroken, sealed chain that holds the last anchor. */
export function readChainStatus(ctx: CallContext, { namespace }: { namespace: string }): Promise<AuditStatusView> {
  return perform(ctx, "audit.read", { namespace }, async ({ db }) => {
    const env = readEnv();
    const anchor = readLastAnchor(env.paths.auditAnchors);
    const rows = await readNewest(db);
    const report = await verifyChain({
      batches: [rows.slice(1).filter((row) => row !== undefined)],
      keys: [auditKeyOf(loadSecret(env))],
      anchors: anchor ? [anchor] : [],
      from: rows[0],
    });
    const { finding, last } = report;
    const checked = { from: String(rows[1]?.seq ?? 0n), to: last?.seq ?? "0", toMs: last?.timeMs ?? null };
    return {
      ok: report.ok,
      checked,
      finding: finding === null ? null : { seq: finding.seq, message: finding.message },
      anchor: anchor === null ? null : { seq: anchor.seq, timeMs: anchor.timeMs },
    };
  });
}

/** The newest entries by number, the one before them first; nothing before the very first. */
async function readNewest(db: MetadataReader): Promise<(ChainedEntry | undefined)[]> {
  const rows = await db.auditEntry.findMany({ orderBy: { seq: "desc" }, take: NEWEST + 1 });
  return rows.length > NEWEST ? rows.reverse() : [undefined, ...rows.reverse()];
}

/** An anchor of the newest entry, for keeping where nobody who reaches this machine can change it. */
export function readAnchor(ctx: CallContext, { namespace }: { namespace: string }): Promise<AuditAnchorView> {
  return perform(ctx, "audit.read", { namespace }, async () => {
    const anchor = await newestAnchor(auditKeyOf(loadSecret(readEnv())));
    if (anchor !== null) return anchor;
    throw new LastgoodError("not_found", "The audit log has no entry yet.", { hint: "Ask again later." });
  });
}
