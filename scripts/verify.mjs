import { enterRuntime, prepareProject, ROOT } from "./bootstrap.mjs";
import { reportFailure } from "./progress.mjs";

// The checks for every day: types, lint and units, without processes or a browser.
process.chdir(ROOT);
try {
  await enterRuntime();
  await prepareProject();
  const { checkStyle, checkTypes, runProgram } = await import("./check-sources.mjs");
  const results = [
    await checkTypes(),
    await checkStyle(),
    await runProgram("vitest/vitest.mjs", ["run", "--project", "unit"]),
  ];
  process.exitCode = results.every(Boolean) ? 0 : 1;
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
