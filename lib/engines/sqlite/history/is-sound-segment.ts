import { LastgoodError } from "../../../domain/errors.ts";
import { SealedSegment } from "./sealed-segment.ts";

/** Whether every byte of a sealed segment is what was written. Reads all of it. */
export function isSoundSegment(sealedFile: string): boolean {
  try {
    const segment = new SealedSegment(sealedFile);
    segment.verifyTables();
    for (let block = 0; block < segment.blockCount; block++) segment.readBlock(block);
    return true;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return false;
    throw error;
  }
}
