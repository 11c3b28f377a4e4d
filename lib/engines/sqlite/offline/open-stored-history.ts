import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { MIRROR_NAME, parseName } from "../history/format.ts";
import { type History, openHistory } from "../history/open-history.ts";

/**
 * Opens a history that somebody names by its folder, wherever that lies and whether or not anything else of Lastgood is
 * there. Nothing is written. Throws `not_found` when the folder holds none, naming those below it; `history_damaged`.
 */
export function openStoredHistory(directory: string): History {
  requireHistory(directory);
  return openHistory(directory);
}

/** Throws `not_found` for a folder that holds no history. */
export function requireHistory(directory: string): void {
  let names: string[];
  try {
    names = disk.readdirSync(directory);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    const what = code === "ENOENT" ? "does not exist" : "is a file";
    throw notFound(`${directory} ${what}.`, "Name the folder of one history: history/<id> of a data directory.");
  }
  if (names.some(isSegment)) return;
  const images = names.filter((name) => name === MIRROR_NAME || parseName(name)?.what === "base");
  if (images.length > 0) {
    const hint = `${images.join(" and ")} in it can be copied: plain database files, the mirror being the newer one.`;
    throw notFound(`${directory} has lost all of its segments.`, hint);
  }
  const below = historiesBelow(directory);
  const hint =
    below.length > 0
      ? `Name one of the histories below it: ${below.slice(0, 10).join(", ")}.`
      : "A history is a folder with files named base-… and segment-…; in a data directory, history/<id>.";
  throw notFound(`${directory} holds no history.`, hint);
}

function isSegment(name: string): boolean {
  const what = parseName(name)?.what;
  return what === "open" || what === "sealed";
}

/** Folders with a history, one or two levels down: somebody named the data directory or what holds all histories. */
function historiesBelow(directory: string, levels = 2): string[] {
  if (levels === 0) return [];
  return namesIn(directory).flatMap((name) => {
    const folder = path.join(directory, name);
    return namesIn(folder).some(isSegment) ? [folder] : historiesBelow(folder, levels - 1);
  });
}

/** What a folder holds; nothing for what is none or may not be read, since this only helps with a hint. */
function namesIn(folder: string): string[] {
  try {
    return disk.readdirSync(folder);
  } catch {
    return [];
  }
}

function notFound(message: string, hint: string): LastgoodError {
  return new LastgoodError("not_found", message, { hint });
}
