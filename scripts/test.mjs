import { rmSync } from "node:fs";
import path from "node:path";
import { enterRuntime, prepareProject, ROOT } from "./bootstrap.mjs";
import { bold, reportFailure } from "./progress.mjs";

const REPORTS = path.join(ROOT, ".runtime", "reports");
const VITEST_REPORT = path.join(REPORTS, "vitest.json");
const PLAYWRIGHT_REPORT = path.join(REPORTS, "playwright.json");

/** Runs one part; a failure of it is told and counted, and the next part runs all the same. */
async function runPart(title, work) {
  process.stdout.write(`\n${bold(title)}\n`);
  try {
    return await work();
  } catch (error) {
    reportFailure(error);
    return false;
  }
}

async function runAll() {
  const { checkStyle, checkTypes, runProgram } = await import("./check-sources.mjs");
  const { buildConsole } = await import("./build-console.mjs");
  const { installChromium } = await import("./install-chromium.mjs");
  const { installPromtool } = await import("./install-promtool.mjs");
  const { installShells } = await import("./install-shells.mjs");
  const { installPostgres } = await import("./install-postgres.mjs");
  const { readPlaywrightReport, readVitestReport } = await import("./read-test-reports.ts");
  rmSync(REPORTS, { recursive: true, force: true });

  const checks = {
    types: await runPart("Types", checkTypes),
    lint: await runPart("Lint", checkStyle),
    build: await runPart("Build", async () => {
      await buildConsole();
      return true;
    }),
  };
  const vitest = await runPart("Units, integration, crashes", async () => {
    await installPostgres();
    await installPromtool();
    await installShells();
    return runProgram("vitest/vitest.mjs", [
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${VITEST_REPORT}`,
    ]);
  });
  const browser = await runPart("Browser", async () => {
    await installChromium();
    return runProgram("@playwright/test/cli.js", ["test", "--pass-with-no-tests"]);
  });

  const counts = [readVitestReport(VITEST_REPORT), readPlaywrightReport(PLAYWRIGHT_REPORT)];
  const failedChecks = Object.keys(checks).filter((name) => !checks[name]);
  if (failedChecks.length > 0)
    process.stdout.write(`\nFailed, and counted as one failure each: ${failedChecks.join(", ")}\n`);
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0) + failedChecks.length;
  // A runner can fail with all of its tests passed, by an error outside of them.
  const unexplained = failed === 0 && !(vitest && browser) ? 1 : 0;
  return { passed, failed: failed + unexplained };
}

process.chdir(ROOT);
try {
  await enterRuntime();
  await prepareProject();
  const { passed, failed } = await runAll();
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  reportFailure(error);
  process.stdout.write("\n0 passed, 1 failed\n");
  process.exitCode = 1;
}
