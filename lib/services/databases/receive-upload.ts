import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { UploadReply } from "../../agent/protocol.ts";
import { localAgentClient } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";

/** Streams a database file to the agent, which keeps it for the database that is then created from it. */
export async function receiveUpload(
  ctx: CallContext,
  { namespace, open }: { namespace: string; open: () => Readable },
): Promise<UploadReply> {
  await authorise(ctx, "database.create", { namespace }, async () => null);
  return (await localAgentClient()).upload(randomUUID(), open());
}
