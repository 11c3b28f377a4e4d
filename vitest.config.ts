import { defineConfig } from "vitest/config";

// Three projects, one after the other: units side by side; what starts processes and sockets one file at a time.
export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    globalSetup: ["tests/world/own-temporary-folder.ts"],
    // A test proves something or fails: none may pass because nobody was there to assert.
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "{app,components,lib,scripts}/**/*.test.{ts,tsx}",
            "tests/*.test.ts",
            "tests/{unit,golden}/**/*.test.ts",
          ],
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/{integration,contract}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "crash",
          include: ["tests/{crash,faults,sim}/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
          fileParallelism: false,
        },
      },
    ],
  },
});
