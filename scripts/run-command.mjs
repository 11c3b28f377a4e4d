import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { StepFailed } from "./progress.mjs";

/** What a log says about a failure: from the first line that speaks of one, else its end; without colours. */
function excerptOf(file, count) {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g");
  const lines = readFileSync(file, "utf8").replace(escapes, "").trimEnd().split("\n");
  const first = lines.findIndex((line) => /\b(error|failed|cannot)\b/i.test(line));
  return (first >= 0 ? lines.slice(first, first + count) : lines.slice(-count)).join("\n");
}

/**
 * Runs a command with its output in a log file. Rejects with `StepFailed` with an excerpt of the log.
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
  throw new StepFailed(failure, { hint, logPath, excerpt: excerptOf(logPath, 15) });
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
