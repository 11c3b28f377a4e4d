import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import { attachStill, LOCK_TIMEOUT_MS, openLive } from "../give-back/open-live.ts";
import type { FromWriter, ToWriter } from "../give-back/write-messages.ts";
import { isBusy, sqliteCodeOf } from "../wal/sqlite-busy.ts";
import { type ReplacedTables, replaceTables } from "./replace-tables.ts";

/** The process that replaces tables of a live database; it speaks as `give-back/write-messages.ts` says and ends by being killed. */
export type ReplaceQuestion = { livePath: string; stageFile: string };

const SQLITE_FULL = 13;
const question = JSON.parse(process.argv[2] ?? "{}") as ReplaceQuestion;
process.on("disconnect", () => process.exit(1));

try {
  const connection = openLive(question.livePath);
  attachStill(connection, question.stageFile, "stage");
  connection.exec("PRAGMA temp_store = FILE; BEGIN IMMEDIATE");
  reachPoint("document.locked");
  const replaced = replaceTables(connection, (done, total) => send({ report: { done, total } }));
  reachPoint("document.written");
  process.once("message", (_: ToWriter) => {
    try {
      connection.exec("COMMIT");
      reachPoint("document.committed");
      send({ committed: true });
    } catch (error) {
      send({ failed: toWireError(explain(error)) });
    }
  });
  send({ prepared: replaced });
} catch (error) {
  send({ failed: toWireError(explain(error)) });
}

function send(message: FromWriter<ReplacedTables>): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

function explain(error: unknown): LastgoodError {
  if (isBusy(error)) {
    return new LastgoodError(
      "restore_conflict",
      `Other programs kept the database locked for ${LOCK_TIMEOUT_MS / 1000} seconds.`,
      {
        hint: "Nothing was changed. Pause the programs that write to it and try again.",
        retryAfterSeconds: 5,
        outcome: "nothing",
      },
    );
  }
  const code = sqliteCodeOf(error);
  if (code === null) return explainFileError(error, "The tables could not be replaced", "restore_failed");
  const isFull = code === SQLITE_FULL;
  return new LastgoodError(
    isFull ? "storage_full" : "restore_failed",
    `The tables could not be replaced: ${error instanceof Error ? error.message : String(error)}.`,
    {
      hint: isFull ? "Nothing was changed. Free some space and try again." : "Nothing was changed.",
      outcome: "nothing",
    },
  );
}
