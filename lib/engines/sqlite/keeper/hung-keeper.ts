import type { KeeperLog } from "./partners.ts";

const LOOK_EVERY_MS = 5000;
const HUNG_AFTER_MS = 30_000;

type OtherKeeper = {
  readonly closed: boolean;
  ask(name: "alive", question: Record<never, never>, timeoutMs: number): Promise<unknown>;
};

/**
 * Ends the other keeper when it does not answer for half a minute while its connection stands: a keeper that hangs keeps
 * every log from being restarted, and its supervisor sees it running. An open connection says that the pid is still its.
 */
export function watchOtherKeeper(other: OtherKeeper, pid: number, log: KeeperLog): void {
  const look = async () => {
    if (other.closed) return;
    try {
      await other.ask("alive", {}, HUNG_AFTER_MS);
    } catch (error) {
      if (other.closed) return;
      log.warn({ other: pid, error: String(error) }, "the other keeper hangs and is ended");
      killIfThere(pid);
      return;
    }
    setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  };
  void look();
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
