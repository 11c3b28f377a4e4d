import { mkdtempSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, it } from "vitest";
import { clusterUser } from "../../../lib/engines/postgres/programs/cluster-user.ts";
import { makeClusterFolder } from "../../../lib/engines/postgres/recovery/cluster-folder.ts";

const folder = mkdtempSync("/tmp/lg-folder-");
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("A cluster's folder can be reached by its user and looked into by nobody else, whatever the umask", () => {
  const former = process.umask(0o077);
  try {
    const root = path.join(folder, "all", "one");
    makeClusterFolder(root, path.join(root, "work", "x"));
    const modes = ["all", "all/one", "all/one/work", "all/one/work/x"].map(
      (name) => statSync(path.join(folder, name)).mode & 0o777,
    );
    const above = clusterUser() ? 0o711 : 0o700;
    expect(modes).toEqual([above, 0o700, 0o700, 0o700]);
    expect(statSync(path.join(root, "work")).uid).toBe(clusterUser()?.uid ?? process.getuid?.());
  } finally {
    process.umask(former);
  }
});
