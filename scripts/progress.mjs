let steps = process.stdout;
const interactive = process.stdout.isTTY === true;
const coloured = interactive && process.env.NO_COLOR === undefined && process.env.TERM !== "dumb";

const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
export const dim = paint("2");
export const bold = paint("1");
export const red = paint("31");
export const green = paint("32");

/** Shows steps elsewhere: a command whose output others read keeps its standard output clean. @param {NodeJS.WriteStream} stream */
export function showStepsOn(stream) {
  steps = stream;
}

/** A failure that people can mend: `message` names the cause, `hint` the next step, `logPath` where the details are. */
export class StepFailed extends Error {
  name = "StepFailed";

  /** @param {string} message @param {{hint?: string, logPath?: string, excerpt?: string}} [details] */
  constructor(message, { hint, logPath, excerpt } = {}) {
    super(message);
    this.hint = hint;
    this.logPath = logPath;
    this.excerpt = excerpt;
  }
}

/** @param {number} ms @returns {string} "0.4 s", "42 s", "1 min 5 s" */
export function formatDuration(ms) {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Shows one step of work: what is being done while it runs, what was done and how long it took afterwards.
 * @template T
 * @param {string} name one word
 * @param {{doing: string, done: string}} words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function showStep(name, { doing, done }, work) {
  const label = name.padEnd(10);
  const startedMs = Date.now();
  steps.write(`  ${dim("·")} ${label} ${dim(`${doing} …`)}${interactive ? "" : "\n"}`);
  const finish = (mark, text) => steps.write(`${interactive ? "\r\u001b[2K" : ""}  ${mark} ${label} ${text}\n`);
  try {
    const result = await work();
    finish(green("✓"), `${done} ${dim(`in ${formatDuration(Date.now() - startedMs)}`)}`);
    return result;
  } catch (error) {
    finish(red("✗"), `failed ${dim(`after ${formatDuration(Date.now() - startedMs)}`)}`);
    throw error;
  }
}

/** Prints why a command cannot go on. @param {unknown} error */
export function reportFailure(error) {
  if (!(error instanceof StepFailed)) {
    process.stderr.write(
      `\n  ${red("Unexpected failure.")} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n`,
    );
    return;
  }
  const lines = ["", `  ${red(error.message)}`];
  if (error.excerpt) lines.push("", ...error.excerpt.split("\n").map((line) => `    ${dim(line)}`), "");
  if (error.hint) lines.push(`  ${error.hint}`);
  if (error.logPath) lines.push(`  Details: ${error.logPath}`);
  process.stderr.write(`${lines.join("\n")}\n\n`);
}
