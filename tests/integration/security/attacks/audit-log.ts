import { metadata } from "../../../../lib/db/client.ts";
import { readEnv } from "../../../../lib/env.ts";
import { runtimePaths } from "../../../../lib/runtime-paths.ts";
import { readAnchors } from "../../../../lib/services/audit/anchor-file.ts";
import { anchorLog } from "../../../../lib/services/audit/anchor-log.ts";
import { auditKeyOf } from "../../../../lib/services/audit/audit-key.ts";
import { readAuditBatches } from "../../../../lib/services/audit/read-audit-batches.ts";
import { verifyChain } from "../../../../lib/services/audit/verify-chain.ts";
import { loadSecret } from "../../../../lib/services/load-secret.ts";
import { perform } from "../../../../lib/services/perform.ts";
import { openMetadataWorld } from "../../services/open-metadata-world.ts";

/** What somebody with the metadata in their hands may do to it, and the first bad entry that must be named. */
const FORGERIES: [what: string, sql: string, first: string][] = [
  ["edited", `UPDATE "AuditEntry" SET "actorName" = 'somebody else' WHERE "seq" = 4`, "4"],
  ["deleted", `DELETE FROM "AuditEntry" WHERE "seq" = 5`, "5"],
  ["invented", `UPDATE "AuditEntry" SET "hash" = '' WHERE "seq" = 6`, "6"],
  ["cut off", `DELETE FROM "AuditEntry" WHERE "seq" > 7`, "8"],
];

/** Case 44: nobody changes the audit log unnoticed. */
export async function attack(): Promise<string | null> {
  const world = await openMetadataWorld();
  try {
    const acme = await world.addNamespace("acme");
    const owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
    const key = auditKeyOf(loadSecret(readEnv()));
    const { auditAnchors: file } = runtimePaths(world.data);
    for (const [what, sql, first] of FORGERIES) {
      await metadata().auditEntry.deleteMany();
      for (let index = 0; index < 10; index++) {
        await perform(owner, "restore-point.create", { namespace: "acme" }, async ({ note }) => note(null, { index }));
      }
      const anchors = `${file}-${what.replace(" ", "-")}`;
      await anchorLog(anchors, key);
      const input = () => ({ batches: readAuditBatches(), keys: [key], anchors: readAnchors(anchors) ?? [] });
      const whole = await verifyChain(input());
      if (!whole.ok) return `a log that nobody touched is bad: ${whole.finding?.message}`;
      await metadata().$executeRawUnsafe(sql);
      const { finding } = await verifyChain(input());
      if (finding?.seq !== first) return `an entry was ${what}, and ${finding?.seq ?? "nothing"} was named`;
    }
    return null;
  } finally {
    await world.close();
  }
}
