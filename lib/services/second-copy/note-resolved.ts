import type { Bookmark } from "../../domain/bookmark.ts";
import { transact } from "../transact.ts";

/**
 * Writes down which commit the moment of a restore from a second copy means, once its history is there. What stands there already stays:
 * answers the commit that is restored.
 */
export function noteResolved(restoreId: string, found: { bookmark: Bookmark; timeMs: number }): Promise<Bookmark> {
  return transact(async (tx) => {
    const { toBookmark } = await tx.restore.findUniqueOrThrow({ where: { id: restoreId } });
    if (toBookmark !== "" && toBookmark !== found.bookmark)
      throw new Error("assumption violated: a moment means one commit");
    await tx.restore.update({
      where: { id: restoreId },
      data: { toBookmark: found.bookmark, toTimeMs: BigInt(found.timeMs) },
    });
    return found.bookmark;
  });
}
