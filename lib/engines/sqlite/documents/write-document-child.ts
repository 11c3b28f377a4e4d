import { answerJob } from "../../processes/answer-job.ts";
import { type WriteDocumentQuestion, writeDocument } from "./write-document.ts";

/** Writes the document of a state that was written out before. */
await answerJob<WriteDocumentQuestion>((question, report) => writeDocument(question, report));
