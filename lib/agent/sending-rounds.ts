import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { MailPlace } from "../domain/mail-place.ts";
import { claimMails, deliverMail, pruneMails } from "../services/alarms/deliver-mails.ts";
import { agentContext } from "../services/call-context.ts";
import { claimPushes } from "../services/integrations/claim-pushes.ts";
import { prunePushes } from "../services/integrations/prune-pushes.ts";
import { push } from "../services/integrations/push.ts";
import { claimDeliveries } from "../services/webhooks/claim-deliveries.ts";
import { deliver } from "../services/webhooks/deliver.ts";
import { pruneEvents } from "../services/webhooks/prune-events.ts";
import { DeliveryRounds } from "./delivery-rounds.ts";
import { RepeatedLook } from "./repeated-look.ts";

/** An attempt takes at most 15 s; what follows is written down within this. */
const LEASE_MS = 60_000;
/** Under way at one receiver at any time, by all agents together. */
export const PER_WEBHOOK = 3;
const PRUNE_EVERY_MS = 60 * 60_000;
const FIRST_PRUNE_MS = 5 * 60_000;

type SendingWorld = {
  agentId: string;
  holder: string;
  /** Null: no e-mail is sent here, and what waits is left to agents that can. */
  mail: MailPlace | null;
  log: Logger;
};

/** What an agent sends outside: events to webhooks, variables to deployments, alarms by e-mail; and the end of their logs. */
export class SendingRounds {
  readonly #parts: readonly { start(): void; stop(): void }[];

  constructor({ agentId, holder, mail, log }: SendingWorld) {
    this.#parts = [
      new DeliveryRounds({
        what: "webhook",
        claim: (limit) => claimDeliveries({ holder, leaseMs: LEASE_MS, perWebhook: PER_WEBHOOK }, limit),
        send: (claimed) => deliver(agentContext(agentId, `delivery-${randomUUID()}`), claimed),
        log,
      }),
      new DeliveryRounds({
        what: "integration",
        claim: (limit) => claimPushes({ holder, leaseMs: LEASE_MS }, limit),
        send: (claimed) => push(claimed),
        log,
      }),
      ...(mail === null ? [] : [openMails(mail, holder, log)]),
      new RepeatedLook(
        async () => {
          await pruneEvents();
          await prunePushes();
          await pruneMails();
        },
        { firstMs: FIRST_PRUNE_MS, everyMs: PRUNE_EVERY_MS },
        (error) => log.error({ err: error }, "old deliveries could not be removed; it is tried again"),
      ),
    ];
  }

  start(): void {
    for (const part of this.#parts) part.start();
  }

  stop(): void {
    for (const part of this.#parts) part.stop();
  }
}

function openMails(mail: MailPlace, holder: string, log: Logger) {
  return new DeliveryRounds({
    what: "e-mail",
    claim: (limit) => claimMails(holder, limit),
    send: (claimed) => deliverMail(mail, claimed),
    log,
  });
}
