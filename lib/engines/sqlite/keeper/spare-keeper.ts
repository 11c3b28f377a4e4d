/** The keeper that waits: does what the primary asks, until its connection ends. What it holds then, it goes on holding. */
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { connectLines, type Handlers } from "../../processes/line-socket.ts";
import type { KeeperToSpare, SpareToKeeper } from "../capture-protocol.ts";
import { watchOtherKeeper } from "./hung-keeper.ts";
import { LogHold } from "./log-hold.ts";
import type { KeeperLog } from "./partners.ts";

/** A hold that was not moved for so long gives back what only moving it needs. */
const REST_EVERY_MS = 10_000;

/**
 * Serves as the spare of whoever serves the socket. Resolves when the connection has ended; rejects with the system's
 * error when nobody serves it.
 * @param holds by database id; changed in place
 */
export async function serveAsSpare(
  socketPath: string,
  holds: Map<string, LogHold>,
  log: KeeperLog,
  signal: AbortSignal,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const handlers: Handlers<KeeperToSpare, SpareToKeeper> = {
    asks: {
      alive: () => ({}),
      enlist: ({ database, path }) => {
        enlist(holds, database, path);
        reachPoint("spare.enlisted");
        return {};
      },
      move: ({ database, when }) => {
        const hold = holds.get(database);
        if (!hold) throw new LastgoodError("not_found", "The spare does not hold this log.");
        const moved = hold.move(when);
        reachPoint("spare.moved");
        return { moved };
      },
    },
    tells: {
      welcome: ({ pid }, peer) => watchOtherKeeper(peer, pid, log),
      inherit: ({ database, keeper, heirOf }) => {
        holds.get(database)?.inherit([keeper, ...heirOf]);
        reachPoint("spare.inherited");
      },
      drop: ({ database }) => {
        holds.get(database)?.close();
        holds.delete(database);
      },
    },
    closed: () => end(),
  };
  const primary = await connectLines<SpareToKeeper, KeeperToSpare>(socketPath, handlers);
  const leave = () => primary.close();
  signal.addEventListener("abort", leave, { once: true });
  primary.tell("hello", { as: "spare", pid: process.pid });
  const resting = setInterval(() => restOld(holds), REST_EVERY_MS);
  await ended;
  clearInterval(resting);
  signal.removeEventListener("abort", leave);
}

function restOld(holds: ReadonlyMap<string, LogHold>): void {
  for (const hold of holds.values()) if (hold.ageMs > REST_EVERY_MS) hold.rest(false);
}

/** What it holds already it keeps: the primary's next wake makes a pin of it, whatever it is. */
function enlist(holds: Map<string, LogHold>, database: string, path: string): void {
  const known = holds.get(database);
  if (known?.path === path && known.isInPlace()) return;
  known?.close();
  holds.delete(database);
  holds.set(database, new LogHold(path));
}
