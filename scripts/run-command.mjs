import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { StepFailed } from "./progress.mjs";

/** The last lines of a log, without what only colours a terminal. @param {string} file @param {number} count */
function tailOf(file, count) {
  // biome's own rule against control characters in expressions is met by building the escape from its code.
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g");
  return readFileSync(file, "utf8").replace(escapes, "").trimEnd().split("\n").slice(-count).join("\n");
}

/**
 * Runs a command with its output in a log file. Rejects with `StepFailed` that shows the log's end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd: string, env: NodeJS.ProcessEnv, logPath: string, failure: string, hint?: string}} options
 * @returns {Promise<void>}
 */
export async function runLogged(command, args, { cwd, env, logPath, failure, hint }) {
  mkdirSync(path.dirname(logPath), { recursive: true });
  const log = openSync(logPath, "w");
  try {
    const outcome = await new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, env, stdio: ["ignore", log, log] });
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
    if (outcome.code === 0) return;
  } catch (error) {
    throw new StepFailed(`${failure} ${command} could not be started: ${error.message}`, { hint, logPath });
  } finally {
    closeSync(log);
  }
  throw new StepFailed(failure, { hint, logPath, excerpt: tailOf(logPath, 15) });
}

/**
 * Runs a command with its output on the terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd: string, env: NodeJS.ProcessEnv}} options
 * @returns {Promise<number>} the exit code; 1 when a signal ended it
 */
export function runShown(command, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
