import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const vitestReport = z.looseObject({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.looseObject({ status: z.string(), assertionResults: z.array(z.looseObject({ status: z.string() })) }),
  ),
});
const playwrightReport = z.looseObject({
  stats: z.looseObject({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  errors: z.array(z.unknown()),
});

type Counts = { passed: number; failed: number };

/** Reads Vitest's JSON report. A file that failed outside of its tests counts as one failure, as does a missing report. */
export function readVitestReport(file: string): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = vitestReport.parse(JSON.parse(readFileSync(file, "utf8")));
  const failedOutside = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + failedOutside.length };
}

/** Reads Playwright's JSON report. A test that passed only at its second try is a failure. */
export function readPlaywrightReport(file: string): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { stats, errors } = playwrightReport.parse(JSON.parse(readFileSync(file, "utf8")));
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: failed === 0 && errors.length > 0 ? 1 : failed };
}
