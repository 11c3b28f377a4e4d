import type { PreflightView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askLocalAgent } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";

/** Looks at a file on the agent's machine before it is attached. Changes nothing. */
export async function preflightFile(
  ctx: CallContext,
  { namespace, path }: { namespace: string; path: string },
): Promise<PreflightView> {
  await authorise(ctx, "database.preflight", { namespace }, async () => null);
  return askLocalAgent("preflight", { path });
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
