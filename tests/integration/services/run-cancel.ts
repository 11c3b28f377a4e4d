// A restore is cancelled before it goes ahead, and another one after, in a process whose sources may have been changed; prints what each
// side was told.
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { createJob } from "../../../lib/services/jobs/create-job.ts";
import { openJobStore } from "../../../lib/services/jobs/job-store.ts";
import { cancelRestore } from "../../../lib/services/restores/cancel-restore.ts";
import { startRestore } from "../../../lib/services/restores/start-restore.ts";
import { transact } from "../../../lib/services/transact.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";

const world = await openMetadataWorld();
try {
  const namespaceId = await world.addNamespace("acme");
  const owner = await world.contextOf(await world.addUser("ada@acme.example", { [namespaceId]: "owner" }));
  const agentId = await world.agentId();

  const begun = async (name: string) => {
    const databaseId = await world.addDatabase(namespaceId, name);
    const restoreId = crypto.randomUUID();
    const payload = { restoreId };
    const jobId = await transact((tx) => createJob(tx, { agentId, databaseId }, { kind: "restore.run", payload }));
    await metadata().restore.create({
      data: {
        ...{ id: restoreId, jobId, databaseId, openKey: databaseId, targetKind: "project", sourceKind: "bookmark" },
        ...{ toBookmark: "b", toTimeMs: 1n, planDigest: "d", status: "queued", createdAtMs: 1n },
      },
    });
    const store = openJobStore({ agentId, holder: name, leaseMs: 10_000 });
    await store.claim();
    await startRestore(restoreId);
    const cancel = () =>
      cancelRestore(owner, { namespace: "acme", database: name, restoreId }).then(
        () => "asked",
        (error: unknown) => (error instanceof LastgoodError ? error.code : Promise.reject(error)),
      );
    return { cancel, goAhead: () => store.goAhead(jobId) };
  };

  const early = await begun("early");
  const cancelledFirst = [await early.cancel(), await early.goAhead()];
  const late = await begun("late");
  const aheadFirst = [await late.goAhead(), await late.cancel()];
  process.stdout.write(`${JSON.stringify({ cancelledFirst, aheadFirst })}\n`);
} finally {
  await world.close();
}
process.exit(0);
