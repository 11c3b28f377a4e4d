// Preloaded into the console, which knows nothing of a supervisor: it ends when its standard input does.
const GRACE_MS = 4000;

process.stdin.on("error", () => undefined);
process.stdin.once("end", () => {
  setTimeout(() => process.exit(0), GRACE_MS).unref();
  process.kill(process.pid, "SIGTERM");
});
process.stdin.resume();
