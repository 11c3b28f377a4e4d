import { existsSync } from "node:fs";
import { LastgoodError } from "../../domain/errors.ts";
import { describeHistory } from "../../engines/sqlite/offline/describe-history.ts";
import { openStoredHistory } from "../../engines/sqlite/offline/open-stored-history.ts";
import { type RegisteredDatabase, readRegistry } from "../../engines/sqlite/registry.ts";
import { type Finding, orWell, problem, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** A day's gaps are news; older ones were looked at by somebody. */
const RECENT_MS = 24 * 60 * 60_000;

/** Whether the histories of files can be opened, and what they say of themselves. Not every byte is read: `restore-offline --verify` does. */
export function checkHistories({ paths, nowMs }: Patient): Finding[] {
  const { databases } = readRegistry(paths.registry);
  const found = databases.flatMap((database) => lookAt(database, nowMs));
  return orWell(found, `${databases.length} histories of files can be opened and have no gap of the last day.`);
}

function lookAt({ path: file, historyDirectory }: RegisteredDatabase, nowMs: number): Finding[] {
  if (!existsSync(historyDirectory)) {
    return [
      problem(
        `The history of ${file} is gone: ${historyDirectory}.`,
        "docs/operations.md, The worst day, tells what to do first.",
      ),
    ];
  }
  const verify = `lastgood restore-offline ${historyDirectory} --verify names what is lost and what is left.`;
  try {
    const history = openStoredHistory(historyDirectory);
    try {
      const { gaps, damaged } = describeHistory(history);
      const recent = gaps.filter(({ toMs }) => nowMs - toMs < RECENT_MS).length;
      return [
        ...(damaged.length > 0 ? [problem(`The history of ${file} is damaged.`, verify)] : []),
        ...(recent > 0
          ? [
              warning(
                `${recent} gaps in the last day of ${file}.`,
                "docs/operations.md, Processes, names what makes one; its page shows when.",
              ),
            ]
          : []),
      ];
    } finally {
      history.close();
    }
  } catch (error) {
    if (error instanceof LastgoodError)
      return [problem(`The history of ${file} cannot be opened: ${error.message}`, error.details.hint ?? verify)];
    throw error;
  }
}
