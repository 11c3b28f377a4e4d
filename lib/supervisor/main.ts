import { DISPLACED_EXIT_CODE, Displaced } from "../domain/displaced.ts";
import { LastgoodError } from "../domain/errors.ts";
import { readSettings } from "./settings.ts";
import { Supervisor } from "./supervisor.ts";
import { Terminal } from "./terminal.ts";

/** npm and the terminal both pass one Ctrl-C on: what follows within this time is the same one. */
const ONE_PRESS_MS = 400;
const LAUNCHER_CHECK_MS = 1000;

const terminal = new Terminal(process.stdout);
// Everything that is made below the data directory is the business of this user alone.
process.umask(0o077);

function fail(error: unknown): never {
  if (error instanceof LastgoodError) terminal.failure(error.message, error.details.hint);
  else terminal.failure("Lastgood cannot go on.", error instanceof Error ? error.stack : String(error));
  process.exit(error instanceof Displaced ? DISPLACED_EXIT_CODE : 1);
}

function start(): Supervisor {
  try {
    return new Supervisor(readSettings(process.env), process.env, terminal);
  } catch (error) {
    fail(error);
  }
}

const supervisor = start();
let firstSignalMs: number | null = null;

async function end(exitCode: number): Promise<void> {
  await supervisor.stop();
  process.exit(exitCode);
}

function onSignal(signal: NodeJS.Signals): void {
  const nowMs = performance.now();
  if (firstSignalMs === null) {
    firstSignalMs = nowMs;
    // Ended on request is no failure; only a hang-up or a kill that came first is told by its code.
    void end(0).catch(fail);
  } else if (nowMs - firstSignalMs > ONE_PRESS_MS) {
    terminal.notice("supervisor", `${signal} again: ending everything at once`, "warning");
    supervisor.killAll();
    process.exit(1);
  }
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);

// Whoever launched us and waits for our end (npm, an older Node) may be killed; then nobody could end us any more.
const launcher = process.ppid;
if (process.env.LASTGOOD_LAUNCHER === String(launcher)) {
  setInterval(() => {
    if (process.ppid !== launcher) onSignal("SIGHUP");
  }, LAUNCHER_CHECK_MS).unref();
}

// Another start would be refused for the same reason: whoever starts us again must learn that from the code.
void supervisor.displaced.then(() => end(DISPLACED_EXIT_CODE)).catch(fail);

supervisor.start().catch((error: unknown) => {
  supervisor.killAll();
  fail(error);
});
