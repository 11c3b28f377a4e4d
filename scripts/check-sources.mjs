import path from "node:path";
import { childEnvironment, ROOT } from "./bootstrap.mjs";
import { runShown } from "./run-command.mjs";

const inPackages = (...parts) => path.join(ROOT, "node_modules", ...parts);

/** Runs a Node program of node_modules on the terminal. @returns {Promise<boolean>} whether it ended well */
export async function runProgram(entry, args, extraEnv = {}) {
  const env = { ...childEnvironment(process.execPath), ...extraEnv };
  return (await runShown(process.execPath, [inPackages(entry), ...args], { cwd: ROOT, env })) === 0;
}

/** Types of everything, the routes' own included. @returns {Promise<boolean>} */
export async function checkTypes() {
  return (
    (await runProgram("next/dist/bin/next", ["typegen"])) &&
    runProgram("typescript/bin/tsc", ["--noEmit", "-p", "tsconfig.json"])
  );
}

/** @returns {Promise<boolean>} */
export function checkStyle() {
  return runProgram("@biomejs/biome/bin/biome", ["check", "."]);
}
