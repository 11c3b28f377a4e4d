import { enterRuntime, prepareProject, ROOT } from "./bootstrap.mjs";
import { bold, dim, reportFailure } from "./progress.mjs";

// From a fresh clone to the console: runtime, packages, build, start. What is already there is not done again.
process.chdir(ROOT);
try {
  const relaunched = process.env.LASTGOOD_LAUNCHER === String(process.ppid);
  if (!relaunched) process.stdout.write(`\n  ${bold("Lastgood")} ${dim("starting")}\n\n`);
  await enterRuntime();
  // npm that is killed takes nobody along by itself: the supervisor watches who launched it.
  if (process.env.npm_lifecycle_event !== undefined) process.env.LASTGOOD_LAUNCHER = String(process.ppid);
  const { requireFreePort } = await import("./require-free-port.mjs");
  await requireFreePort(process.env.HOST || "127.0.0.1", process.env.PORT || "3000");
  await prepareProject();
  const { buildConsole } = await import("./build-console.mjs");
  await buildConsole();
} catch (error) {
  reportFailure(error);
  process.exit(1);
}
process.env.CHECKPOINT_DISABLE = "1";
process.env.NEXT_TELEMETRY_DISABLED = "1";
await import("../lib/supervisor/main.ts");
