import { openMetadata } from "../../lib/db/client.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** Makes the last password or code of all of a user's sessions in a running Lastgood `ms` older. */
export async function ageConfirmations(data: string, email: string, ms: number): Promise<void> {
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(data).metadata });
  try {
    await db.session.updateMany({
      where: { user: { email } },
      data: { confirmedAtMs: { decrement: BigInt(ms) } },
    });
  } finally {
    await db.$disconnect();
  }
}
