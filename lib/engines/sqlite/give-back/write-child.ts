import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import { isBusy, sqliteCodeOf } from "../wal/sqlite-busy.ts";
import { attachStill, LOCK_TIMEOUT_MS, openLive } from "./open-live.ts";
import type { FromWriter, ToWriter, WriteQuestion } from "./write-messages.ts";
import { RowWriter } from "./write-rows.ts";

/** The process that writes rows into a live database (`write-messages.ts`). It ends by being killed. */
const question = JSON.parse(process.argv[2] ?? "{}") as WriteQuestion;
process.on("disconnect", () => process.exit(1));

try {
  const connection = openLive(question.livePath);
  attachStill(connection, question.stageFile, "stage");
  connection.exec("PRAGMA temp_store = MEMORY");
  connection.exec("BEGIN IMMEDIATE");
  reachPoint("giveback.locked");
  const writer = new RowWriter(connection, question.onConflict, (done, total) => send({ report: { done, total } }));
  const summary = writer.write();
  reachPoint("giveback.written");
  writeFileDurably(question.skipsFile, Buffer.from(JSON.stringify(writer.leftOut.skips())));
  reachPoint("giveback.skips-written");
  process.once("message", (_: ToWriter) => {
    try {
      connection.exec("COMMIT");
      reachPoint("giveback.committed");
      send({ committed: true });
    } catch (error) {
      send({ failed: toWireError(explain(error)) });
    }
  });
  send({ prepared: summary });
} catch (error) {
  send({ failed: toWireError(explain(error)) });
}

function send(message: FromWriter): void {
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
  if (code === null) return explainFileError(error, "The rows could not be written", "restore_failed");
  const isFull = code === 13;
  return new LastgoodError(
    isFull ? "storage_full" : "restore_failed",
    `The rows could not be written: ${error instanceof Error ? error.message : String(error)}.`,
    {
      hint: isFull ? "Nothing was changed. Free some space and try again." : "Nothing was changed.",
      outcome: "nothing",
    },
  );
}
