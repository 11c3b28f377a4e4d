import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { writeFileDurably } from "../history/durable-file.ts";

/**
 * The highest schema cookie that restores of a history have met or given, kept beside it. A restore goes above it and above
 * the live one; cookies otherwise only rise, so no connection can still hold a schema under the new value.
 */
const NAME = "schema-cookie.json";

export function readCookieFloor(historyDirectory: string): number {
  try {
    const { highest } = JSON.parse(disk.readFileSync(path.join(historyDirectory, NAME), "utf8")) as { highest: number };
    return highest;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}

export function raiseCookieFloor(historyDirectory: string, highest: number): void {
  if (highest <= readCookieFloor(historyDirectory)) return;
  writeFileDurably(path.join(historyDirectory, NAME), Buffer.from(JSON.stringify({ highest })));
}
