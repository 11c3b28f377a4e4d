import type { SnapshotView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { pageRestorePoints } from "./list-restore-points.ts";

/** One label of a database; another database's is `not_found`. */
export async function getRestorePoint(
  ctx: CallContext,
  { restorePointId, ...of }: { namespace: string; database: string; restorePointId: string },
): Promise<SnapshotView> {
  const { snapshots } = await pageRestorePoints(ctx, { ...of, only: restorePointId.toLowerCase() });
  const [point] = snapshots;
  if (point) return point;
  throw new LastgoodError("not_found", "There is no such restore point.", { hint: "List the restore points." });
}
