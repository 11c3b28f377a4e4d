import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { capturedDatabases, isCapturing } from "../../../lib/supervisor/captured-databases.ts";

it("what is captured counts clusters as well as files: who has PostgreSQL alone is captured while the metadata are away", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "captured-"));
  const files = { registry: path.join(folder, "capture.json"), clusterRegistry: path.join(folder, "clusters.json") };
  const cluster = { id: "c", name: "c", root: "/r", history: "/h", access: "/a", windowDays: 7, zeroLoss: false };
  const clusters = [
    { ...cluster, origin: "hosted" },
    { ...cluster, origin: "attached" },
  ];
  try {
    expect(isCapturing(capturedDatabases(files))).toBe(false);
    writeFileSync(files.clusterRegistry, JSON.stringify({ version: 1, programs: null, clusters }));
    const captured = capturedDatabases(files);
    expect(captured).toEqual({ attachedPaths: [], attachedServers: 1, hosted: 1 });
    expect(isCapturing(captured)).toBe(true);
    writeFileSync(files.clusterRegistry, "{");
    expect(isCapturing(capturedDatabases(files))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
