import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Gives one run of the tests its own temporary folder, and takes it away with all that tests left in it. */
export default function ownTemporaryFolder(): () => void {
  const outer = process.env.TMPDIR;
  const folder = mkdtempSync(path.join(tmpdir(), "lastgood-tests-"));
  process.env.TMPDIR = folder;
  return () => {
    if (outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outer;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
