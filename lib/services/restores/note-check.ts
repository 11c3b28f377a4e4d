import type { RestoreCheck } from "../../domain/restore-check.ts";
import { transact } from "../transact.ts";

/** What stands in a restore's row of what was checked; in the order in which it was. */
export function readChecks(checks: string | null): RestoreCheck[] {
  return checks === null ? [] : (JSON.parse(checks) as RestoreCheck[]);
}

/** Writes down at its restore how a check of the state has ended. Made again after a crash, the later one counts. */
export async function noteCheck(restoreId: string, done: RestoreCheck): Promise<void> {
  await transact(async (tx) => {
    const { checks } = await tx.restore.findUniqueOrThrow({ where: { id: restoreId }, select: { checks: true } });
    const others = readChecks(checks).filter(({ check }) => check !== done.check);
    await tx.restore.update({ where: { id: restoreId }, data: { checks: JSON.stringify([...others, done]) } });
  });
}
