import { formatCount } from "../../lib/client/format-count.ts";
import type { BucketView } from "../../lib/client/store-types.ts";

/** What becomes of the backups in a bucket to which no new ones go. */
export function whatStays({ bucket, backups }: Pick<BucketView, "bucket" | "backups">): string {
  if (backups === 0) return `Nothing lies in ${bucket} yet: no backup stays behind.`;
  if (backups === 1) return `The one backup in ${bucket} stays there and can be restored.`;
  return `The ${formatCount(backups, "backup")} in ${bucket} stay there and can be restored.`;
}
