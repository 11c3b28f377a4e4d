import { existsSync } from "node:fs";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import { isListedServer } from "../programs/checked-addresses.ts";
import { readAccess } from "../receiver/access-file.ts";

/**
 * Whether states of servers of somebody else's may run on this machine, where they run as the user of all clusters: `listed`, those
 * whose every address the operator has listed; or all, or none.
 */
export type AttachedCopies = "listed" | "on" | "off";

/** Refuses a copy that the operator does not allow: `not_supported`, with what whoever runs Lastgood can do about it. */
export async function requireCopyable(
  { name, origin }: Pick<ProtectedDatabase, "name" | "origin">,
  accessFile: string,
  rule: AttachedCopies,
): Promise<void> {
  if (origin !== "attached" || rule === "on") return;
  const access = existsSync(accessFile) ? readAccess(accessFile) : null;
  if (rule === "listed" && access && (await isListedServer(access))) return;
  throw notHere(name);
}

export function notHere(name: string): LastgoodError {
  return new LastgoodError(
    "not_supported",
    `States of ${name} may not run here: what the masters of that server left in it would run as the user of all clusters of this machine.`,
    {
      hint: "Its log and base backups are kept. Whoever runs this Lastgood allows it by listing the server's address in LASTGOOD_EGRESS_ALLOW, or with LASTGOOD_ATTACHED_COPIES=on.",
      outcome: "nothing",
    },
  );
}
