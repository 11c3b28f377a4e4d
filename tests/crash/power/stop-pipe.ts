import { execFileSync } from "node:child_process";
import { constants, openSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";

/** By this pipe a process says that it stands at the place where it was told to; see stop-at-point.ts. */
export class StopPipe {
  readonly path: string;
  /** While this file exists, visits count. */
  readonly armed: string;
  #socket: Socket;
  #resolve: ((place: string) => void) | null = null;
  #stopped: Promise<string> = this.#wait();

  constructor(folder: string) {
    this.path = path.join(folder, "stops");
    this.armed = path.join(folder, "armed");
    execFileSync("mkfifo", ["-m", "600", this.path]);
    // Open for writing too, so that it does not end with the last process that wrote to it.
    this.#socket = new Socket({ fd: openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK) });
    this.#socket.on("data", (bytes) => this.#resolve?.(bytes.toString("utf8").trim().split("\n")[0] ?? ""));
  }

  /** The place at which the first process has come to a stand. */
  next(): Promise<string> {
    return this.#stopped;
  }

  arm(): void {
    writeFileSync(this.armed, "");
  }

  /** For the next round, disarmed. */
  renew(): void {
    rmSync(this.armed, { force: true });
    this.#stopped = this.#wait();
  }

  close(): void {
    this.#socket.destroy();
  }

  #wait(): Promise<string> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
