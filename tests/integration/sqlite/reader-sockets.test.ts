import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdtempSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { connectLines, type Handlers, type Speech, serveLines } from "../../../lib/engines/processes/line-socket.ts";
import { timeNextCommit } from "../../../lib/engines/sqlite/reader/capture-clock.ts";

interface Client extends Speech {
  asks: {
    double: { question: { n: number }; answer: { twice: number } };
    refuse: { question: object; answer: object };
  };
  tells: { remember: { word: string } };
}
interface Server extends Speech {
  asks: { name: { question: object; answer: { name: string } } };
  tells: { remembered: { word: string } };
}

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});

const socketPath = () => path.join(mkdtempSync(path.join(tmpdir(), "lines-")), "a.sock");
const never = new Promise<{ twice: number }>(() => undefined);

function answering(): Handlers<Client, Server> {
  return {
    asks: {
      double: ({ n }) => (n < 0 ? never : { twice: 2 * n }),
      refuse: () => {
        throw new LastgoodError("conflict", "Not now.", { hint: "Later." });
      },
    },
    tells: { remember: ({ word }, peer) => peer.tell("remembered", { word }) },
  };
}

async function serve(socket: string): Promise<Awaited<ReturnType<typeof serveLines<Server, Client>>>> {
  const server = await serveLines<Server, Client>(socket, answering());
  cleanUp.push(() => server.close());
  return server;
}

describe("lines over a socket", () => {
  test("both ends ask and tell, and an error arrives as what it was", async () => {
    const socket = socketPath();
    const server = await serve(socket);
    const heard: string[] = [];
    const client = await connectLines<Client, Server>(socket, {
      asks: { name: () => ({ name: "ä\n𝄞" }) },
      tells: { remembered: ({ word }) => heard.push(word) },
    });
    cleanUp.push(() => client.close());
    client.tell("remember", { word: "x".repeat(300_000) });
    const answers = await Promise.all([1, 2, 3].map((n) => client.ask("double", { n }, 5000)));
    expect(answers).toEqual([{ twice: 2 }, { twice: 4 }, { twice: 6 }]);
    expect(heard).toEqual(["x".repeat(300_000)]);
    await expect(client.ask("refuse", {}, 5000)).rejects.toMatchObject({
      code: "conflict",
      details: { hint: "Later." },
    });
    const [peer] = server.peers;
    expect(await peer?.ask("name", {}, 5000)).toEqual({ name: "ä\n𝄞" });
    expect(lstatSync(socket).mode & 0o777).toBe(0o600);
  });

  test("an ask fails when its time is over and when the other end goes", async () => {
    const socket = socketPath();
    const server = await serve(socket);
    const client = await connectLines<Client, Server>(socket, {
      asks: { name: () => ({ name: "" }) },
      tells: { remembered: () => undefined },
    });
    await expect(client.ask("double", { n: -1 }, 30)).rejects.toMatchObject({ code: "agent_unavailable" });
    const asked = client.ask("double", { n: -1 }, 60_000);
    await server.close();
    await expect(asked).rejects.toMatchObject({ code: "agent_unavailable" });
    expect(client.closed).toBe(true);
  });

  test("whoever sends what is no message is hung up on", async () => {
    const socket = socketPath();
    await serve(socket);
    for (const text of ["no json\n", "[]\n", '{"id":"1","ask":"double"}\n', "null\n"]) {
      const raw = net.connect(socket);
      raw.write(text);
      await once(raw.resume(), "close");
      expect(raw.destroyed).toBe(true);
    }
  });

  test("one of several that begin to serve at once wins, and the name of a dead one is taken over", async () => {
    const socket = socketPath();
    const script = `require("node:net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`;
    await once(spawn(process.execPath, ["-e", script]), "exit");
    expect(lstatSync(socket).isSocket()).toBe(true);
    const serving = `
      import { serveLines } from ${JSON.stringify(path.resolve(import.meta.dirname, "../../../lib/engines/processes/line-socket.ts"))};
      process.stdin.once("data", async () => {
        try { await serveLines(${JSON.stringify(socket)}, { asks: {}, tells: {} }); console.log("serves"); }
        catch (error) { console.log(error.code); }
      });
      console.log("ready");`;
    const rivals = [1, 2, 3].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", serving], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    cleanUp.push(() => rivals.map((rival) => rival.kill("SIGKILL")));
    await Promise.all(rivals.map((rival) => once(rival.stdout, "data")));
    const said = rivals.map(async (rival) => {
      rival.stdin.write("go\n");
      const [line] = await once(rival.stdout, "data");
      return String(line).trim();
    });
    expect((await Promise.all(said)).sort()).toEqual(["EADDRINUSE", "EADDRINUSE", "serves"]);
    const client = await connectLines<Client, Server>(socket, {
      asks: { name: () => ({ name: "" }) },
      tells: { remembered: () => undefined },
    });
    expect(client.closed).toBe(false);
    client.close();
  });
});

describe("the time of a commit", () => {
  test("never falls, is later than the watermark, and says when the clock ran backwards", () => {
    expect(timeNextCommit(1000, 900, 950)).toEqual({ timeMs: 1000, rawTimeMs: 1000, flags: 0 });
    expect(timeNextCommit(1000, 900, 1000)).toEqual({ timeMs: 1001, rawTimeMs: 1000, flags: 0 });
    expect(timeNextCommit(1000, 1010, 0)).toEqual({ timeMs: 1010, rawTimeMs: 1000, flags: 0 });
    expect(timeNextCommit(1000, 99_000, 0)).toEqual({ timeMs: 99_000, rawTimeMs: 1000, flags: 4 });
  });
});
