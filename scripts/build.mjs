import { enterRuntime, prepareProject, ROOT } from "./bootstrap.mjs";
import { reportFailure } from "./progress.mjs";

// What `npm run up` does before it starts anything, for those who start it otherwise: runtime, packages, build.
process.chdir(ROOT);
try {
  await enterRuntime();
  await prepareProject();
  const { buildConsole } = await import("./build-console.mjs");
  await buildConsole();
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
