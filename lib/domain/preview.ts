import { z } from "zod";
import { databaseNameSchema } from "./names.ts";

const HOUR_MS = 3_600_000;
const LONGEST_NAME = 64;

/** What bounds a preview's life. Hours as people give them. */
export const PREVIEW_LIMITS = {
  leastTtlHours: 1,
  mostTtlHours: 720,
  defaultTtlHours: 24,
  /** How many a project has at once, unless its row says otherwise. */
  previewsPerProject: 5,
  /** Its own recovery window. */
  windowDays: 7,
  /** How long one that was deleted, or whose time was over, can be brought back. */
  graceHours: 24,
} as const;

const { leastTtlHours, mostTtlHours } = PREVIEW_LIMITS;
export const ttlHoursSchema = z
  .int("A time to live is a whole number of hours.")
  .min(leastTtlHours, "A preview lives for at least one hour.")
  .max(mostTtlHours, `A preview lives for at most ${mostTtlHours} hours.`);

/** The end of a life of so many hours that begins now, Unix milliseconds. */
export function endOfLife(nowMs: number, ttlHours: number): number {
  return nowMs + ttlHours * HOUR_MS;
}

/** The first free name of a preview, or of a lasting copy, of a database: `shop-preview-1`, `shop-restored-1`. */
export function nameCopy(parent: string, kind: "preview" | "restored", isTaken: (name: string) => boolean): string {
  for (let number = 1; ; number++) {
    const ending = `-${kind}-${number}`;
    const name = parent.slice(0, LONGEST_NAME - ending.length) + ending;
    if (!isTaken(name) && databaseNameSchema.safeParse(name).success) return name;
  }
}

/** The first free name of a lasting copy of a database as it was at a time: `shop-restored-20260317T103000Z`. */
export function nameCopyOfTime(parent: string, timeMs: number, isTaken: (name: string) => boolean): string {
  const time = new Date(timeMs).toISOString().replace(/[-:]|\.\d+/g, "");
  for (let number = 1; ; number++) {
    const ending = `-restored-${time}${number === 1 ? "" : `-${number}`}`;
    const name = parent.slice(0, LONGEST_NAME - ending.length) + ending;
    if (!isTaken(name)) return name;
  }
}
