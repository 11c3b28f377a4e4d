import { findPostgres } from "../tests/world/find-postgres.ts";
import { canInstall, installDebianPackage } from "./install-debian-package.mjs";
import { reportFailure } from "./progress.mjs";

const BY_HAND = "Install it as root (apt-get install postgresql), or name its programs' folder with LASTGOOD_POSTGRES.";

/**
 * Makes sure that there is a PostgreSQL to test with, where that can be done; on Debian root can install it. Without one the
 * tests on it are left out, and the run says so.
 */
export async function installPostgres() {
  if (findPostgres() !== null || !canInstall()) return;
  try {
    await installDebianPackage("postgresql", {
      step: "postgresql",
      failure: "PostgreSQL could not be installed.",
      hint: BY_HAND,
    });
  } catch (error) {
    reportFailure(error);
  }
}
