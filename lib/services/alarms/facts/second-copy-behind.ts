import type { AlarmFact } from "../../../domain/alarm.ts";
import { COPY_BEHIND_ALARM_MS } from "../../../domain/second-copy.ts";
import { readSecondCopies } from "../../second-copy/second-copies.ts";
import { type FactSource, listWatched } from "./fact-source.ts";

/** What was captured is not in the second copy, for long by now, or the copy has lost what cannot be shipped again. */
export const secondCopyBehind: FactSource = {
  kinds: ["second_copy_behind"],
  async find(world) {
    const watched = await listWatched(world);
    const copies = await readSecondCopies(
      watched.map(({ id }) => id),
      world.db,
    );
    return watched.flatMap(({ id: databaseId }): AlarmFact[] => {
      const copy = copies.get(databaseId);
      if (!copy) return [];
      const { behindSinceMs, shippedUntilMs, damagedObjects, lastError, checkedAtMs } = copy;
      const about = { kind: "second_copy_behind" as const, subject: { databaseId } };
      const figures = {
        shipped_until: shippedUntilMs === null ? null : new Date(shippedUntilMs).toISOString(),
        damaged_objects: damagedObjects,
        error: lastError,
      };
      const why = lastError === null ? "" : ` ${lastError}`;
      if (behindSinceMs !== null) {
        return [
          {
            ...about,
            sinceMs: behindSinceMs,
            text: `Were this machine lost now, everything since ${figures.shipped_until ?? "the beginning"} would be gone.${why}`,
            remedy: "Look at the bucket, its credentials and the way to it. It is tried again by itself and caught up.",
            figures,
            keepsOnly: world.nowMs - behindSinceMs < COPY_BEHIND_ALARM_MS,
          },
        ];
      }
      if (damagedObjects === 0 && lastError !== null) {
        return [
          {
            ...about,
            sinceMs: checkedAtMs,
            text: lastError,
            remedy:
              "What else is captured is shipped. Look at what is named, and verify the history where it is a file of it.",
            figures,
          },
        ];
      }
      if (damagedObjects === 0) return [];
      return [
        {
          ...about,
          sinceMs: checkedAtMs,
          text: `${damagedObjects} objects of the second copy are missing or altered in the bucket.`,
          remedy: "They are shipped again while the history is on this machine. Find out who changed the bucket.",
          figures,
        },
      ];
    });
  },
};
