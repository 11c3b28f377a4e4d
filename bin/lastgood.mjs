#!/usr/bin/env node
import { enterRuntime, keepCompiled } from "../scripts/bootstrap.mjs";
import { reportFailure, showStepsOn } from "../scripts/progress.mjs";

// The command line. It stays where it was called, so that relative paths mean what they say, and needs Node 24 alone: no
// package is installed for it. What it prints on its standard output is the answer and nothing else.
showStepsOn(process.stderr);
try {
  await enterRuntime();
} catch (error) {
  reportFailure(error);
  process.exit(1);
}
keepCompiled();
// `npm run lastgood` changes to the project's folder first.
if (process.env.npm_lifecycle_event === "lastgood" && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
const { main } = await import("../lib/cli/main.ts");
process.exitCode = await main(process.argv.slice(2));
