import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { breakSources } from "./tests/world/break-sources.ts";
import { findPostgres } from "./tests/world/find-postgres.ts";

// What stands on SQLite in the run of `integration` stands on PostgreSQL in this one.
const onPostgres: TestProjectConfiguration = {
  extends: true,
  test: {
    name: "postgres",
    include: ["tests/integration/{services,routes,postgres}/**/*.test.ts"],
    exclude: ["tests/integration/services/{metadata,metadata-copies}.test.ts"],
    env: { LASTGOOD_TEST_METADATA: "postgres" },
    globalSetup: ["tests/world/serve-postgres.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    sequence: { groupOrder: 1 },
    maxWorkers: 2,
  },
};

if (findPostgres() === null) {
  process.stderr.write(
    "Skipped: the tests on PostgreSQL, since this machine has none (apt-get install postgresql, or name its programs' folder with LASTGOOD_POSTGRES).\n",
  );
}

// Bounds of less than a second, which only a quiet machine keeps: one file at a time, with nothing beside it.
const TIMED = ["tests/integration/supervisor/supervised-process.test.ts", "tests/integration/sqlite/fence.test.ts"];

// Units first; then all that starts processes, two files at a time, so that one goes on while the other waits.
const { LASTGOOD_TEST_BREAK: breaks } = process.env;

export default defineConfig({
  plugins: breaks ? [breakSources(breaks)] : [],
  test: {
    environment: "node",
    pool: "forks",
    globalSetup: ["tests/world/own-temporary-folder.ts", "tests/world/keep-compiled.ts"],
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
          name: "services",
          include: ["tests/integration/{services,routes}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/{integration,contract}/**/*.test.ts"],
          exclude: ["tests/integration/{postgres,services,routes}/**", ...TIMED],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      ...(findPostgres() === null ? [] : [onPostgres]),
      {
        extends: true,
        test: {
          name: "crash",
          include: ["tests/{crash,faults,sim}/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          include: TIMED,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
          fileParallelism: false,
        },
      },
    ],
  },
});
