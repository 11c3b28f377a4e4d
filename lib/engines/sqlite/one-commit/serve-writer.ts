import type { DatabaseSync } from "node:sqlite";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { endAtOnce } from "../../../end-at-once.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import { isBusy, sqliteCodeOf } from "../wal/sqlite-busy.ts";
import { attachStill, LOCK_TIMEOUT_MS, openLive } from "./open-live.ts";
import type { FromWriter, ToWriter, WriteQuestion } from "./write-messages.ts";

/** What a writer does within the transaction that is open for it; the rows are attached as `stage`. */
export type Writing<Question extends WriteQuestion, Summary> = {
  /** Where SQLite keeps what it sorts and puts aside meanwhile. */
  temporary: "FILE" | "MEMORY";
  /** Begins the sentence that tells of a failure: "The rows could not be written". */
  failed: string;
  /** Writes and checks everything; committing is left to the agent. */
  write(connection: DatabaseSync, question: Question, report: (done: number, total: number) => void): Summary;
};

const SQLITE_FULL = 13;

/** The whole of a process that writes into a live database, as `write-messages.ts` says. It ends by being killed. */
export function serveWriter<Question extends WriteQuestion, Summary>(writing: Writing<Question, Summary>): void {
  const question = JSON.parse(process.argv[2] ?? "{}") as Question;
  const send = (message: FromWriter<Summary>) => void process.send?.(message, undefined, undefined, () => undefined);
  const fail = (error: unknown) => send({ failed: toWireError(explain(error, writing.failed)) });
  process.on("disconnect", endAtOnce);
  try {
    const connection = openLive(question.livePath);
    attachStill(connection, question.stageFile, "stage");
    connection.exec(`PRAGMA temp_store = ${writing.temporary}; BEGIN IMMEDIATE`);
    reachPoint("onecommit.locked");
    const prepared = writing.write(connection, question, (done, total) => send({ report: { done, total } }));
    reachPoint("onecommit.written");
    process.once("message", (_: ToWriter) => {
      try {
        connection.exec("COMMIT");
        reachPoint("onecommit.committed");
        send({ committed: true });
      } catch (error) {
        fail(error);
      }
    });
    send({ prepared });
  } catch (error) {
    fail(error);
  }
}

function explain(error: unknown, failed: string): LastgoodError {
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
  if (code === null) return explainFileError(error, failed, "restore_failed");
  const isFull = code === SQLITE_FULL;
  return new LastgoodError(
    isFull ? "storage_full" : "restore_failed",
    `${failed}: ${error instanceof Error ? error.message : String(error)}.`,
    {
      hint: isFull ? "Nothing was changed. Free some space and try again." : "Nothing was changed.",
      outcome: "nothing",
    },
  );
}
