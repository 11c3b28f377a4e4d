import { existsSync } from "node:fs";
import path from "node:path";
import { findChromium } from "../e2e/find-chromium.ts";
import { childEnvironment, ROOT } from "./bootstrap.mjs";
import { StepFailed, showStep } from "./progress.mjs";
import { runLogged } from "./run-command.mjs";

const BY_HAND = "Install it as root (apt-get install chromium), or set LASTGOOD_CHROMIUM to a Chromium's path.";

/** Makes sure that there is a Chromium to test with; on Debian root can install it. */
export async function installChromium() {
  if (findChromium() !== null) return;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new StepFailed("The browser tests need Chromium, and this machine has none.", { hint: BY_HAND });
  }
  const apt = (args, log) =>
    runLogged("apt-get", args, {
      cwd: ROOT,
      env: { ...childEnvironment(process.execPath), DEBIAN_FRONTEND: "noninteractive" },
      logPath: path.join(ROOT, ".runtime", "logs", log),
      failure: "Chromium could not be installed.",
      hint: BY_HAND,
    });
  await showStep("chromium", { doing: "installing from Debian", done: "installed" }, async () => {
    await apt(["update"], "apt-update.log");
    await apt(["install", "-y", "--no-install-recommends", "chromium"], "apt-install.log");
  });
}
