import { answerJob } from "../../processes/answer-job.ts";
import { giveTurn } from "./backup-turn.ts";

/** Gives or takes the turn of copying into a live database; see `giveTurn`. */
export type GiveTurnQuestion = { file: string; turn: number };

await answerJob<GiveTurnQuestion>(({ file, turn }) => {
  giveTurn(file, turn);
  return null;
});
