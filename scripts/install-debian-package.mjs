import { existsSync } from "node:fs";
import path from "node:path";
import { childEnvironment, ROOT } from "./bootstrap.mjs";
import { showStep } from "./progress.mjs";
import { runLogged } from "./run-command.mjs";

/** Whether packages of Debian can be installed here: root may, where apt is. */
export const canInstall = () => process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");

/**
 * Installs packages of Debian, showing the step. Rejects with `StepFailed`.
 * @param {string | readonly string[]} names of the packages
 * @param {{step: string, failure: string, hint: string}} words
 */
export async function installDebianPackage(names, { step, failure, hint }) {
  const all = [names].flat();
  const apt = (args, log) =>
    runLogged("apt-get", args, {
      cwd: ROOT,
      env: { ...childEnvironment(process.execPath), DEBIAN_FRONTEND: "noninteractive" },
      logPath: path.join(ROOT, ".runtime", "logs", log),
      failure,
      hint,
    });
  await showStep(step, { doing: "installing from Debian", done: "installed" }, async () => {
    await apt(["update"], "apt-update.log");
    await apt(["install", "-y", "--no-install-recommends", ...all], `apt-install-${all.join("-")}.log`);
  });
}
