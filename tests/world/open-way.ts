import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A stretch of network between two programs. */
export type Way = {
  port: number;
  /** How many connections were ever made over it. */
  connections(): number;
  /** From now on nothing comes through, in either direction; connections stay as they are, and new ones are taken without an answer. */
  cut(): void;
  /** Everything that waits comes through, as after a cable is put back. */
  heal(): void;
  end(): void;
};

/** Opens a way to a port of this machine that can be cut. */
export async function openWay(to: number, port = 0): Promise<Way> {
  const sockets = new Set<Socket>();
  let count = 0;
  let isCut = false;
  const stop = (one: Socket) => one.pause();
  const pass = (from: Socket, on: Socket) => {
    from.on("data", (bytes) => on.write(bytes));
    from.on("end", () => on.end());
    from.on("error", () => on.destroy());
    from.on("close", () => sockets.delete(from));
    sockets.add(from);
    if (isCut) stop(from);
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    count++;
    const far = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
    pass(near, far);
    pass(far, near);
  });
  server.listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    cut() {
      isCut = true;
      for (const one of sockets) stop(one);
    },
    heal() {
      isCut = false;
      for (const one of sockets) one.resume();
    },
    end() {
      for (const one of sockets) one.destroy();
      server.close();
    },
  };
}
