import { findChromium } from "../e2e/find-chromium.ts";
import { canInstall, installDebianPackage } from "./install-debian-package.mjs";
import { StepFailed } from "./progress.mjs";

const BY_HAND = "Install it as root (apt-get install chromium), or set LASTGOOD_CHROMIUM to a Chromium's path.";

/** Makes sure that there is a Chromium to test with; on Debian root can install it. */
export async function installChromium() {
  if (findChromium() !== null) return;
  if (!canInstall()) {
    throw new StepFailed("The browser tests need Chromium, and this machine has none.", { hint: BY_HAND });
  }
  await installDebianPackage("chromium", {
    step: "chromium",
    failure: "Chromium could not be installed.",
    hint: BY_HAND,
  });
}
