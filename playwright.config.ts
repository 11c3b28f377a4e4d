import { defineConfig } from "@playwright/test";
import { findChromium } from "./e2e/find-chromium.ts";

const asRoot = process.getuid?.() === 0;
const chromium = findChromium();

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Each with a Lastgood of its own: while one waits for a page or a restore, the other goes on.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: ".runtime/reports/playwright.json" }]],
  use: {
    browserName: "chromium",
    actionTimeout: 20_000,
    viewport: { width: 1280, height: 800 },
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    // Recording one takes more than the specs do themselves; `--trace retain-on-failure` asks for it.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      args: asRoot ? ["--no-sandbox", "--disable-dev-shm-usage"] : ["--disable-dev-shm-usage"],
    },
  },
});
