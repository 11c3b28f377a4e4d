import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { LastgoodError } from "../../../domain/errors.ts";
import { syncDirectory, writeFileDurably } from "../../../storage/durable-file.ts";

/**
 * What was begun under one restore's id (`swaps/<restoreId>.json` of a history).
 *
 *   begun      nothing was moved: whoever finds it so forgets it, and what served serves on
 *   decided    the old server is stopped for good: it is gone on with, whatever happens
 *   returning  the new one never came up: everything is put back
 *   done       it serves, and `swapped` is what every repeat answers
 */
const lsn = z.string();
const moment = z.object({ bookmark: z.string(), timeMs: z.number() });
const journalSchema = z.object({
  version: z.literal(1),
  phase: z.enum(["begun", "decided", "returning", "done"]),
  order: z.object({
    database: z.string(),
    restoreId: z.string(),
    from: z.string(),
    origin: z.string(),
    parent: z.object({ incarnation: z.number().int(), uptoLsn: lsn }).nullable(),
    timeline: z.number().int(),
  }),
  /** Whether there was no data directory any more that could have served. */
  isLiveGone: z.boolean(),
  /** The last checkpoint of the directory that is swapped in: while it still is that, nobody has written there. */
  startLsn: lsn,
  /** When the old server was told to stop. */
  stoppedAtMs: z.number().int().nullable(),
  /** From when on the new one's commits count, and no commit of the old one is later. */
  decidedAtMs: z.number().int().nullable(),
  /** The last checkpoint of the old server, or what was received of one that is gone: no commit of it lies behind. */
  endLsn: lsn.nullable(),
  downtimeMs: z.number().nullable(),
  swapped: z
    .object({ previous: moment, started: moment, activation: z.number().int(), downtimeMs: z.number() })
    .nullable(),
});
export type SwapJournal = z.infer<typeof journalSchema>;

const folderOf = (history: string) => path.join(history, "swaps");
const fileOf = (history: string, restoreId: string) => path.join(folderOf(history), `${restoreId}.json`);
const NAME = /^[0-9a-zA-Z-]{1,64}$/;

/** What was begun under that id; null: nothing. Throws `history_damaged`, `invalid_input` for what is no id. */
export function readSwapJournal(history: string, restoreId: string): SwapJournal | null {
  if (!NAME.test(restoreId)) throw new LastgoodError("invalid_input", "This is not the id of a restore.");
  const file = fileOf(history, restoreId);
  if (!existsSync(file)) return null;
  const parsed = journalSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new LastgoodError("history_damaged", `${file} cannot be read.`, {
    hint: "Restore that file from a copy of the data directory.",
  });
}

export function writeSwapJournal(history: string, journal: SwapJournal): void {
  mkdirSync(folderOf(history), { recursive: true, mode: 0o700 });
  syncDirectory(history);
  const text = JSON.stringify(journalSchema.parse(journal), null, 1);
  writeFileDurably(fileOf(history, journal.order.restoreId), Buffer.from(text));
}

export function forgetSwapJournal(history: string, restoreId: string): void {
  rmSync(fileOf(history, restoreId), { force: true });
  if (existsSync(folderOf(history))) syncDirectory(folderOf(history));
}

/** The swap of a history that did not come to its end; at most one is under way. */
export function findOpenSwap(history: string): SwapJournal | null {
  if (!existsSync(folderOf(history))) return null;
  for (const name of readdirSync(folderOf(history))) {
    if (!name.endsWith(".json")) continue;
    const journal = readSwapJournal(history, name.slice(0, -".json".length));
    if (journal && journal.phase !== "done") return journal;
  }
  return null;
}
