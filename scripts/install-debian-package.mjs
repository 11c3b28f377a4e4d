import { existsSync } from "node:fs";
import path from "node:path";
import { childEnvironment, ROOT } from "./bootstrap.mjs";
import { showStep } from "./progress.mjs";
import { runLogged } from "./run-command.mjs";

/** Whether packages of Debian can be installed here: root may, where apt is. */
export const canInstall = () => process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");

/**
 * Installs one package of Debian, showing the step. Rejects with `StepFailed`.
 * @param {string} name of the package
 * @param {{step: string, failure: string, hint: string}} words
 */
export async function installDebianPackage(name, { step, failure, hint }) {
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
    await apt(["install", "-y", "--no-install-recommends", name], `apt-install-${name}.log`);
  });
}
