import type { FactSource } from "./fact-source.ts";

/** Of one database no more than the newest so many have alarms; the page of its timeline shows all. */
const MOST = 20;

/** No moment of a stretch can be restored: as long as the recovery window reaches back to it. */
export const gapInHistory: FactSource = {
  kinds: ["gap"],
  needsSeen: true,
  async find({ seen, leaveAlone }) {
    return [...seen.databases].flatMap(([databaseId, { gaps }]) => {
      if (gaps === null) leaveAlone(databaseId);
      return (gaps ?? []).map(({ fromMs, toMs, reason }, index, all) => ({
        kind: "gap" as const,
        subject: { databaseId },
        cause: String(fromMs),
        sinceMs: fromMs,
        text: `Commits of ${wordsFor(toMs - fromMs)} are missing from the history: ${reason}`,
        remedy: "Nothing within can be restored. Make a backup of how things are now, and see to what caused it.",
        figures: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), reason },
        keepsOnly: index < all.length - MOST,
      }));
    });
  },
};

/** A span of milliseconds in its largest unit. */
function wordsFor(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
