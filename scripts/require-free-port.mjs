import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { StepFailed } from "./progress.mjs";

/** How long an earlier console, just killed, may take to let go of the port. */
const PATIENCE_MS = 4000;

/** Listens once and lets go again. */
function tryListen(host, port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ host, port, exclusive: true }, () => probe.close(resolve));
  });
}

async function waitForPort(host, port) {
  for (const untilMs = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    try {
      return await tryListen(host, port);
    } catch (error) {
      if (error.code !== "EADDRINUSE" || Date.now() > untilMs) throw error;
    }
  }
}

/**
 * Refuses early, before minutes of building, when the console could not listen.
 * @param {string} host
 * @param {string} port as given by the environment
 */
export async function requireFreePort(host, port) {
  const number = Number(port);
  if (!/^\d+$/.test(port) || number < 1 || number > 65535) {
    throw new StepFailed(`PORT is "${port}", which is no port.`, {
      hint: "Set PORT to a number from 1 to 65535, or leave it out for 3000.",
    });
  }
  try {
    await waitForPort(host, number);
  } catch (error) {
    if (error.code === "EADDRINUSE") {
      throw new StepFailed(`Port ${port} on ${host} is already in use.`, {
        hint: `Is Lastgood running already? Otherwise choose another port: PORT=${number === 3000 ? 3001 : 3000} npm run up`,
      });
    }
    if (error.code === "EACCES") {
      throw new StepFailed(`This user may not listen on port ${port}.`, {
        hint: "Choose a port above 1023: PORT=3000 npm run up",
      });
    }
    throw new StepFailed(`The console cannot listen on ${host}: ${error.message}`, {
      hint: "HOST is an address of this machine: 127.0.0.1 for this machine alone, 0.0.0.0 for its network.",
    });
  }
}
