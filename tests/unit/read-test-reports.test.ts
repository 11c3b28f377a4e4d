import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readPlaywrightReport, readVitestReport } from "../../scripts/read-test-reports.ts";

function fileWith(report: unknown): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "report-")), "report.json");
  writeFileSync(file, JSON.stringify(report));
  return file;
}

describe("the closing line's counts", () => {
  it("are Vitest's own, and one failure for each file that failed outside of its tests", () => {
    const testResults = [
      { status: "passed", assertionResults: [{ status: "passed" }, { status: "passed" }] },
      { status: "failed", assertionResults: [{ status: "failed" }] },
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{ status: "skipped" }] },
    ];
    const file = fileWith({ numPassedTests: 2, numFailedTests: 1, testResults });
    expect(readVitestReport(file)).toEqual({ passed: 2, failed: 3 });
  });

  it("count a browser test that passed only at its second try as failed", () => {
    const file = fileWith({ stats: { expected: 5, unexpected: 1, flaky: 1 }, errors: [] });
    expect(readPlaywrightReport(file)).toEqual({ passed: 5, failed: 2 });
  });

  it("count an error outside of any browser test", () => {
    const file = fileWith({ stats: { expected: 0, unexpected: 0, flaky: 0 }, errors: [{ message: "no browser" }] });
    expect(readPlaywrightReport(file)).toEqual({ passed: 0, failed: 1 });
  });

  it("are one failure when a runner left no report", () => {
    expect([readVitestReport("/nonexistent"), readPlaywrightReport("/nonexistent")]).toEqual([
      { passed: 0, failed: 1 },
      { passed: 0, failed: 1 },
    ]);
  });
});
