import { z } from "zod";
import { readStamp } from "./content-stamp.mjs";

const vitestReport = z.looseObject({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.looseObject({ status: z.string(), assertionResults: z.array(z.looseObject({})) })),
});
const playwrightReport = z.looseObject({
  stats: z.looseObject({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  errors: z.array(z.unknown()),
});

/** @typedef {{passed: number, failed: number}} Counts */

/**
 * Reads Vitest's JSON report. A file that could not even be loaded counts as one failure, as does a missing report.
 * @param {string} file @returns {Counts}
 */
export function readVitestReport(file) {
  const text = readStamp(file);
  if (text === null) return { passed: 0, failed: 1 };
  const report = vitestReport.parse(JSON.parse(text));
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloadable.length };
}

/**
 * Reads Playwright's JSON report. A test that passed only at its second try is a failure.
 * @param {string} file @returns {Counts}
 */
export function readPlaywrightReport(file) {
  const text = readStamp(file);
  if (text === null) return { passed: 0, failed: 1 };
  const { stats, errors } = playwrightReport.parse(JSON.parse(text));
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: failed === 0 && errors.length > 0 ? 1 : failed };
}
