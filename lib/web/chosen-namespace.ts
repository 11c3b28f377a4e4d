import "server-only";
import { cookies } from "next/headers";
import { readEnv } from "../env.ts";

const NAME = "lastgood.namespace";
const YEAR_SECONDS = 365 * 86_400;

/** The namespace that this browser looked at last. A wish, not a right: whoever reads it picks among those they belong to. */
export async function chosenNamespace(): Promise<string | null> {
  return (await cookies()).get(NAME)?.value ?? null;
}

/** Within server actions only. */
export async function rememberNamespace(slug: string): Promise<void> {
  const secure = readEnv().publicUrl.startsWith("https:");
  (await cookies()).set(NAME, slug, { httpOnly: true, sameSite: "lax", path: "/", secure, maxAge: YEAR_SECONDS });
}
