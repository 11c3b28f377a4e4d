import { existsSync } from "node:fs";
import { canInstall, installDebianPackage } from "./install-debian-package.mjs";
import { reportFailure } from "./progress.mjs";

const SHELLS = ["zsh", "fish"];

/** Makes sure that the shells are there whose completion is tried, where that can be done. Without one its tests are left out and say so. */
export async function installShells() {
  const absent = SHELLS.filter((name) => !existsSync(`/usr/bin/${name}`));
  if (absent.length === 0 || !canInstall()) return;
  try {
    await installDebianPackage(absent, {
      step: "shells",
      failure: `${absent.join(" and ")}, for which completion is tried, could not be installed.`,
      hint: `Install them as root (apt-get install ${absent.join(" ")}); without them those tests are left out.`,
    });
  } catch (error) {
    reportFailure(error);
  }
}
