// Walks one list in a process of its own, whose sources may have been changed, and prints what came of it.
import { metadata } from "../../../lib/db/client.ts";
import { pageWebhooks } from "../../../lib/services/webhooks/list-webhooks.ts";
import { openMetadataWorld } from "../services/open-metadata-world.ts";
import { addWebhook } from "./hook-rows.ts";
import { walkList } from "./walk-list.ts";

const world = await openMetadataWorld();
try {
  const acme = await world.addNamespace("acme");
  const owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
  const walk = await walkList({
    async read(after, limit) {
      const { webhooks, next } = await pageWebhooks(owner, { namespace: "acme", after: after ?? undefined, limit });
      return { ids: webhooks.map(({ id }) => id), next };
    },
    add: (atMs) => addWebhook(acme, { createdAtMs: BigInt(atMs) }),
    remove: (id) => metadata().webhook.delete({ where: { id } }),
  });
  process.stdout.write(`${JSON.stringify(walk)}\n`);
} finally {
  await world.close();
}
process.exit(0);
