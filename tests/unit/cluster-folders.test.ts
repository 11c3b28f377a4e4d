import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { makeClusterFolder } from "../../lib/engines/postgres/receiver/serving-configuration.ts";

test("the folders above a cluster let its own user through, also under the umask that Lastgood runs with", () => {
  const place = mkdtempSync(path.join(tmpdir(), "cluster-folders-"));
  const before = process.umask(0o077);
  try {
    makeClusterFolder(path.join(place, "clusters", "1f", "id"));
    const modeOf = (name: string) => statSync(path.join(place, name)).mode & 0o777;
    const above = process.getuid?.() === 0 ? 0o711 : 0o700;
    expect([modeOf("clusters"), modeOf("clusters/1f"), modeOf("clusters/1f/id")]).toEqual([above, above, 0o700]);
    expect(process.umask()).toBe(0o077);
  } finally {
    process.umask(before);
    rmSync(place, { recursive: true });
  }
});
