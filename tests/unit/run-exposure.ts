// What would be lost in a few cases, in a process whose rules may have been changed.
import { measureExposure } from "../../lib/domain/exposure.ts";
import { backup, capture, facts, live } from "./exposure-facts.ts";

const lost = (change: Parameters<typeof facts>[0]) => {
  const { kind, commits, seconds } = measureExposure(facts(change)).lost;
  return `${kind} ${commits} ${seconds}`;
};
process.stdout.write(
  JSON.stringify({
    elsewhere: lost({}),
    here: lost({ copies: [backup({ place: "this_machine" })] }),
    altered: lost({ copies: [backup({ problem: "2 of its objects are missing." })] }),
    stopped: lost({
      live: live({ capture: capture({ state: "stopped", capturedThroughMs: facts().nowMs - 90_000 }) }),
    }),
  }),
);
