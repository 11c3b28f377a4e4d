import { metadata } from "../../db/client.ts";
import type { CallContext } from "../call-context.ts";

/** The person on whose behalf a token calls. */
export async function whoami({ actor }: CallContext): Promise<{ id: string; email: string } | null> {
  if (actor.kind !== "token") return null;
  return metadata().user.findUnique({ where: { id: actor.userId }, select: { id: true, email: true } });
}
