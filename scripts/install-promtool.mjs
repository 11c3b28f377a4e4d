import { findPromtool } from "../tests/world/run-promtool.ts";
import { canInstall, installDebianPackage } from "./install-debian-package.mjs";
import { reportFailure } from "./progress.mjs";

const BY_HAND = "Install it as root (apt-get install prometheus), or name the program with LASTGOOD_PROMTOOL.";

/** Makes sure that there is a promtool to check figures with, where that can be done. Without one the tests of /metrics fail and say so. */
export async function installPromtool() {
  if (findPromtool() !== null || !canInstall()) return;
  try {
    await installDebianPackage("prometheus", {
      step: "promtool",
      failure: "Prometheus, whose promtool checks figures, could not be installed.",
      hint: BY_HAND,
    });
  } catch (error) {
    reportFailure(error);
  }
}
