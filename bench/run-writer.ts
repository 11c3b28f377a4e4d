import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { WriterOrder, WriterReport } from "./shop-writer.ts";

const WRITER = path.join(import.meta.dirname, "shop-writer.ts");

/** Runs the writer in a process of its own until it is done. */
export async function runWriter(order: WriterOrder): Promise<WriterReport> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", WRITER, JSON.stringify(order)],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as WriterReport;
}
