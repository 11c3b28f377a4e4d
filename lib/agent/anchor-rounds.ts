import type { Logger } from "pino";
import { anchorLog } from "../services/audit/anchor-log.ts";
import type { AuditKey } from "../services/audit/audit-key.ts";

const LOOK_EVERY_MS = 5000;

/** Every few seconds writes down where the audit log ends, so that its end cannot vanish unnoticed; and tells when it has. */
export class AnchorRounds {
  readonly #world: { file: string; key: AuditKey; log: Logger };
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(world: { file: string; key: AuditKey; log: Logger }) {
    this.#world = world;
  }

  start(): void {
    const round = () => {
      this.#looking = this.look();
    };
    this.#timer = setInterval(round, LOOK_EVERY_MS);
    round();
  }

  /** Anchors what is still new. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#looking;
    await this.look();
  }

  async look(): Promise<void> {
    const { file, key, log } = this.#world;
    try {
      const anchored = await anchorLog(file, key);
      if (anchored && "broken" in anchored) {
        const { seq } = anchored.broken;
        log.error(
          { seq },
          `the audit log was changed: entry ${seq} is not the one that was anchored; see lastgood audit verify`,
        );
      }
    } catch (error) {
      log.error({ err: error }, "the audit log could not be anchored; it is tried again");
    }
  }
}
