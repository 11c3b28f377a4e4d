import path from "node:path";
import { pathToFileURL } from "node:url";
import { enterRuntime, prepareProject, ROOT } from "./bootstrap.mjs";
import { reportFailure } from "./progress.mjs";

// Runs one of the project's TypeScript programs, named by its path, under the right Node and with its packages there.
process.chdir(ROOT);
try {
  await enterRuntime();
  await prepareProject();
  const [file] = process.argv.splice(2, 1);
  if (!file) throw new Error("Name the program to run, as in `node scripts/run-tool.mjs bench/run.ts`.");
  await import(pathToFileURL(path.resolve(ROOT, file)).href);
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
