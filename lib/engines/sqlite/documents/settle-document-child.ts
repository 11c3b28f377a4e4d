import { answerJob } from "../../processes/answer-job.ts";
import { attachStill } from "../one-commit/open-live.ts";
import { hasEveryRow } from "./compare-rows.ts";
import { readStaged } from "./staged-document.ts";
import { openImage } from "./write-document.ts";

/** Whether a state of the history holds, in each of a document's tables, exactly the document's rows. */
export type SettleDocumentQuestion = { imageFile: string; stageFile: string };

await answerJob<SettleDocumentQuestion>(({ imageFile, stageFile }): boolean => {
  const image = openImage(imageFile);
  attachStill(image, stageFile, "stage");
  const hasTable = (name: string) => image.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = ?").get(name);
  return readStaged(image).tables.every((table) => hasTable(table.name) !== undefined && hasEveryRow(image, table));
});
