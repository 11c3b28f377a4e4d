import { disk } from "../../../storage/disk.ts";
import { runChild } from "../../processes/run-child.ts";
import { checkImage } from "./check-image.ts";
import { writeNewFile } from "./new-file.ts";
import type { WriteStateQuestion, WrittenState } from "./write-state-child.ts";

export type WriteStateRequest = {
  historyDirectory: string;
  txid: number;
  /** Absolute path of a file that does not exist; its folder does. */
  output: string;
  /** Expected size, for the question whether it fits. */
  sizeBytes: number;
  /** Whether SQLite is asked for its integrity check. */
  check: boolean;
  signal: AbortSignal;
  report: (stage: "write" | "check", done: number, total: number) => void;
};

/** `integrity`: what SQLite said, ["ok"] when nothing is wrong; null when it was not asked. */
export type WriteStateResult = WrittenState & { integrity: string[] | null };

/**
 * Writes one state of a stored history into a new file. Everything happens under another name beside it; the file gets its
 * own name once every page was read back and the file is durable, and never replaces one that is there. Throws `conflict`
 * when there is one, `storage_full`, `history_damaged`; then nothing is left behind.
 */
export async function writeState(request: WriteStateRequest): Promise<WriteStateResult> {
  const { historyDirectory, txid, output, signal, report } = request;
  return writeNewFile(output, request.sizeBytes, async (draft) => {
    const workspaceFile = `${draft}.pages`;
    try {
      const input: WriteStateQuestion = { historyDirectory, txid, file: draft, workspaceFile };
      const script = new URL("./write-state-child.ts", import.meta.url);
      const written = await runChild<WrittenState>({
        script,
        input,
        signal,
        report: (done, total) => report("write", done, total),
      });
      return {
        ...written,
        integrity: request.check
          ? await checkImage(draft, signal, (done, total) => report("check", done, total))
          : null,
      };
    } finally {
      disk.rmSync(workspaceFile, { force: true });
    }
  });
}
