import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { childEnvironment } from "../../child-environment.ts";
import { LastgoodError } from "../../domain/errors.ts";

/**
 * Starts the sample shop on `file`, which is made when it does not exist. Resolves once the file can be attached; the shop
 * then writes for ten minutes, or until its standard input or this process ends.
 */
export function startSampleShop(file: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(import.meta.dirname, "sample-shop.ts"), file],
    { stdio: ["pipe", "pipe", "inherit"], env: childEnvironment() },
  );
  child.unref();
  return new Promise((resolve, reject) => {
    const failed = (how: string) =>
      reject(
        new LastgoodError("internal", `The sample shop could not be started: ${how}.`, {
          hint: "The agent's log tells what it said.",
        }),
      );
    child.once("error", (error) => failed(error.message));
    child.once("exit", (code, signal) => failed(signal ?? `exit code ${code}`));
    createInterface({ input: child.stdout }).once("line", () => resolve(child));
  });
}
