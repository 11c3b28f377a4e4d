import type { PreflightView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf, askLocalAgent } from "../agents/ask-agent.ts";
import { findAgentIn } from "../agents/find-agent-in.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";

/** Looks at a file on the agent's machine, of that region's agent where one is named, before it is attached. Changes nothing. Throws `not_found`. */
export async function preflightFile(
  ctx: CallContext,
  { namespace, path, region }: { namespace: string; path: string; region?: string | undefined },
): Promise<PreflightView> {
  await authorise(ctx, "database.preflight", { namespace }, async () => null);
  if (region === undefined) return askLocalAgent("preflight", { path });
  const { id: agentId } = await findAgentIn(metadata(), region);
  return askAgentOf({ agentId }, "preflight", { path });
}

/** Refuses what the preflight refused, with its first cause and remedy: `attach_refused`. */
export function requireAttachable(preflight: PreflightView): void {
  if (preflight.ok) return;
  const first = preflight.refusals[0];
  throw new LastgoodError("attach_refused", first?.cause ?? "This file cannot be attached.", {
    field: "attach.path",
    hint: first?.remedy ?? "Choose another file.",
    refusals: preflight.refusals,
  });
}
