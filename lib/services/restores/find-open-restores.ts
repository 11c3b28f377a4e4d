import { metadata } from "../../db/client.ts";

/** Which of these restores have not ended. */
export async function findOpenRestores(restoreIds: readonly string[]): Promise<Set<string>> {
  const rows = await metadata().restore.findMany({
    where: { id: { in: [...restoreIds] }, openKey: { not: null } },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}
