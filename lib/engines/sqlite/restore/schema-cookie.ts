import path from "node:path";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";

/**
 * The highest schema cookie that restores of a history have met or given, kept beside it. A restore goes above it and above
 * the live one; cookies otherwise only rise, so no connection can still hold a schema under the new value.
 */
export const SCHEMA_COOKIE_NAME = "schema-cookie.json";
/** Above every cookie that restores and changes of a schema have come to, each by one. */
export const ABOVE_ALL_COOKIES = 2 ** 24;

/** A file that is damaged counts as a cookie above all that there can have been. */
export function readCookieFloor(historyDirectory: string): number {
  const stored = readStored(historyDirectory);
  return stored === "damaged" ? ABOVE_ALL_COOKIES : stored;
}

export function isCookieFloorSound(historyDirectory: string): boolean {
  return readStored(historyDirectory) !== "damaged";
}

export function raiseCookieFloor(historyDirectory: string, highest: number): void {
  const stored = readStored(historyDirectory);
  if (stored !== "damaged" && highest <= stored) return;
  writeFileDurably(path.join(historyDirectory, SCHEMA_COOKIE_NAME), Buffer.from(asText(highest)));
}

const asText = (highest: number) => `{"highest":${highest},"crc":${crc32(`${highest}`)}}`;

function readStored(historyDirectory: string): number | "damaged" {
  let text: string;
  try {
    text = disk.readFileSync(path.join(historyDirectory, SCHEMA_COOKIE_NAME), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
  const highest = Number(/^\{"highest":(\d{1,10})[,}]/.exec(text)?.[1]);
  // Earlier ones have no checksum.
  return text === asText(highest) || text === `{"highest":${highest}}` ? highest : "damaged";
}
