import { existsSync } from "node:fs";
import path from "node:path";
import { enterRuntime, ROOT } from "./bootstrap.mjs";
import { reportFailure, StepFailed } from "./progress.mjs";

// The start of a service: nothing is fetched, built or written to the project's folder, which may be somebody else's.
process.chdir(ROOT);
try {
  await enterRuntime();
  if (!existsSync(path.join(ROOT, ".next", "BUILD_ID"))) {
    throw new StepFailed("The console has not been built.", {
      hint: `Run node scripts/build.mjs in ${ROOT}, as the user whom the folder belongs to.`,
    });
  }
} catch (error) {
  reportFailure(error);
  process.exit(1);
}
process.env.CHECKPOINT_DISABLE = "1";
process.env.NEXT_TELEMETRY_DISABLED = "1";
await import("../lib/supervisor/main.ts");
