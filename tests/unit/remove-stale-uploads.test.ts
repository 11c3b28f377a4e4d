import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { removeStaleUploads } from "../../lib/agent/remove-stale-uploads.ts";

test("an upload that broke off goes at the next start, a whole one only when no job took it for days", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "uploads-"));
  const now = Date.now();
  for (const name of ["torn.part", "fresh.upload", "old.upload"]) writeFileSync(path.join(folder, name), "bytes");
  utimesSync(path.join(folder, "old.upload"), new Date(now - 9 * 86_400_000), new Date(now - 9 * 86_400_000));
  removeStaleUploads(folder, now);
  expect(readdirSync(folder)).toEqual(["fresh.upload"]);
  rmSync(folder, { recursive: true });
});
