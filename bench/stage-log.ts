import { Writable } from "node:stream";
import { type Logger, pino } from "pino";

/** Takes what the engine logs, and keeps how long the parts of the last restore took. */
export class StageLog {
  readonly log: Logger;
  #last = "";

  constructor() {
    const lines = new Writable({
      write: (line, _encoding, done) => {
        const { timings } = JSON.parse(String(line)) as { timings?: Record<string, number> };
        if (timings)
          this.#last = Object.entries(timings)
            .map(([name, ms]) => `${name} ${Math.round(ms)}`)
            .join(", ");
        done();
      },
    });
    this.log = pino({ level: "info" }, lines);
  }

  /** As in `extract 900, recover 700`, milliseconds; empty: nothing was restored. */
  last(): string {
    return this.#last;
  }
}
