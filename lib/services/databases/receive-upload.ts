import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { UploadReply } from "../../agent/protocol.ts";
import { metadata } from "../../db/client.ts";
import { agentOf, localAgentClient } from "../agents/ask-agent.ts";
import { findAgentIn } from "../agents/find-agent-in.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";

/** Streams a database file to the agent, which keeps it for the database that is then created from it: in the same region. Throws `not_found`. */
export async function receiveUpload(
  ctx: CallContext,
  { namespace, region, open }: { namespace: string; region?: string | undefined; open: () => Readable },
): Promise<UploadReply> {
  await authorise(ctx, "database.create", { namespace }, async () => null);
  const agent =
    region === undefined
      ? await localAgentClient()
      : await agentOf({ agentId: (await findAgentIn(metadata(), region)).id });
  return agent.upload(randomUUID(), open());
}
