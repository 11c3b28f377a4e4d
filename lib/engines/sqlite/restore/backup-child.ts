import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { liveUrl } from "../live-url.ts";
import { holdTurn } from "./backup-turn.ts";

/** Copies a materialised state into the live database by SQLite's backup API, as one transaction. */
export type BackupQuestion = {
  imagePath: string;
  livePath: string;
  /** What the image must hold: an empty source would empty the live database without an error. */
  pages: number;
  pageSize: number;
  /** How long to try while other processes write, milliseconds. */
  timeoutMs: number;
  turnFile: string;
  turn: number;
};

await answerJob<BackupQuestion>(async (question) => {
  const turn = holdTurn(question.turnFile, question.turn);
  reachPoint("backup.turn-held");
  const image = openImage(question);
  const deadlineMs = Date.now() + question.timeoutMs;
  for (let tries = 0; ; tries++) {
    try {
      const copied = await backup(image, liveUrl(question.livePath), { rate: 2 ** 31 - 1 });
      if (copied !== question.pages) throw new Error(`${copied} of ${question.pages} pages were copied`);
      reachPoint("backup.copied");
      turn.close();
      return { tries };
    } catch (error) {
      if (error instanceof LastgoodError) throw error;
      // A held lock is reported without any code of its own, so whatever is refused counts as busy.
      if (Date.now() > deadlineMs) throw lockRefused(question.timeoutMs, error);
      await sleep(20 + Math.random() * 80);
    }
  }
});

function openImage({ imagePath, pages, pageSize }: BackupQuestion): DatabaseSync {
  for (const companion of [`${imagePath}-wal`, `${imagePath}-shm`]) disk.rmSync(companion, { force: true });
  const image = new DatabaseSync(imagePath, { readOnly: true });
  const ask = (pragma: string) => Number(Object.values(image.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const found = { pages: ask("page_count"), pageSize: ask("page_size") };
  if (found.pages === pages && found.pageSize === pageSize && pages > 0) return image;
  throw new LastgoodError("restore_failed", `The prepared state has ${found.pages} pages instead of ${pages}.`, {
    hint: "Nothing was changed. Restore again.",
    outcome: "nothing",
  });
}

function lockRefused(timeoutMs: number, cause: unknown): LastgoodError {
  return new LastgoodError(
    "restore_conflict",
    `Other processes kept the database busy for ${Math.round(timeoutMs / 1000)} seconds (${String(cause)}).`,
    { hint: "Pause the programs that write to it and restore again.", retryAfterSeconds: 5 },
  );
}
