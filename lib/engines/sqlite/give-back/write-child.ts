import type { GiveBackSummary, OnConflict } from "../../../domain/give-back.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { serveWriter } from "../one-commit/serve-writer.ts";
import type { WriteQuestion } from "../one-commit/write-messages.ts";
import { RowWriter } from "./write-rows.ts";

/** The process that gives rows back to a live database. */
export type GiveBackQuestion = WriteQuestion & {
  /** Where the rows that are left out are written down before anything is committed; see `Skips`. */
  skipsFile: string;
  onConflict: OnConflict;
};

serveWriter<GiveBackQuestion, GiveBackSummary>({
  temporary: "MEMORY",
  failed: "The rows could not be written",
  write(connection, { skipsFile, onConflict }, report) {
    const writer = new RowWriter(connection, onConflict, report);
    const summary = writer.write();
    writeFileDurably(skipsFile, Buffer.from(JSON.stringify(writer.leftOut.skips())));
    reachPoint("giveback.skips-written");
    return summary;
  },
});
