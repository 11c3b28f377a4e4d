import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory } from "../../../storage/durable-file.ts";
import { MIRROR_CHECKSUMS_NAME } from "../history/format.ts";
import { missingEnd } from "../history/missing-end.ts";
import type { History } from "../history/open-history.ts";
import { readPageChecksums } from "../history/page-checksums.ts";
import { SET_ASIDE } from "../history/set-aside.ts";
import type { Problem } from "./capture-problem.ts";

/**
 * Moves everything of a history that cannot be gone on with into a folder of its own below it, where it stays restorable as
 * far as it can be read; capture then begins anew. Answers that folder.
 */
export function setAsideHistory(directory: string): string {
  const names = disk.readdirSync(directory);
  let number = 1;
  while (names.includes(`${SET_ASIDE}history-${number}`)) number++;
  const aside = path.join(directory, `${SET_ASIDE}history-${number}`);
  disk.mkdirSync(aside, { mode: 0o700 });
  // Segments last: until then the next start finds the history as damaged as it was, and begins here again.
  const isSegment = (name: string) => name.startsWith("segment-");
  for (const name of [...names].sort((a, b) => Number(isSegment(a)) - Number(isSegment(b)))) {
    if (!name.startsWith(SET_ASIDE)) disk.renameSync(path.join(directory, name), path.join(aside, name));
  }
  syncDirectory(aside);
  syncDirectory(directory);
  return aside;
}

/**
 * What people should know of damage to a history that capture goes on with: states that are lost, parts that were set aside.
 * `end`: the commit it had reached before its end went missing. Null: nothing.
 */
export function describeDamage(history: History, end: { txid: number } | null): Problem | null {
  const { directory } = history;
  const aside = disk.readdirSync(directory).filter((name) => name.startsWith(SET_ASIDE));
  const holes = history.knownHoles();
  if (holes.length === 0 && aside.length === 0 && !end) return null;
  const lost = history.lostCommits();
  const says = [
    ...(lost ? [`its commits ${lost.fromTxid} to ${lost.toTxid ?? "the last"} cannot be read`] : []),
    ...(end ? [`its end was missing: it had gone on to commit ${end.txid}`] : []),
    ...(aside.length > 0 ? [`${aside.join(", ")} was set aside`] : []),
    ...holes.map(({ file, cause }) => `${path.basename(file)}: ${cause}`),
  ];
  return {
    cause: `The stored history is damaged: ${says.join("; ")}. New commits are captured.`,
    remedy: `lastgood restore-offline ${directory} --verify names what is lost and what can be restored. Look at the disk; files that were set aside may be removed once nobody needs them.`,
  };
}

/** Whether the history ends before what it had reached; see `missingEnd`. */
export function findMissingEnd(history: History): { txid: number } | null {
  const known = readPageChecksums(path.join(history.directory, MIRROR_CHECKSUMS_NAME));
  return missingEnd(history.allSegments(), known?.historyId.equals(history.historyId) ? known : null);
}
