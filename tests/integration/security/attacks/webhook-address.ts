import { once } from "node:events";
import { createServer, get, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { EgressRules } from "../../../../lib/egress-rules.ts";
import { checkTarget } from "../../../../lib/services/egress/check-target.ts";
import { checkedAgents } from "../../../../lib/services/egress/checked-agents.ts";
import { type OutsideAnswer, requestOutside } from "../../../../lib/services/egress/request-outside.ts";
import { startNameServer } from "../../../world/name-server.ts";

/** What leads inside, as people write it who want to get there. */
const INSIDE = [
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "017700000001",
  "127.0.0.1.",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.9.9",
  "192.168.1.1",
  "100.100.100.200",
  "169.254.169.254",
  "2852039166",
  "0xa9fea9fe",
  "168.63.129.16",
  "192.0.0.192",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:a9fe:a9fe]",
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::]",
  "[fe80::1]",
  "[fec0::1]",
  "[fd00:ec2::254]",
  "[ff02::1]",
  "[4000::1]",
];
const NO_WEB_ADDRESS = [
  "file:///etc/passwd",
  // To an address that the operator has listed: nothing but the scheme is wrong with it.
  "ftp://127.0.0.2/",
  "unix:/run/agent.sock",
  "//example.com",
  "https://",
];
const PUBLIC = ["https://93.184.216.34/", "https://[2606:4700::1111]/"];

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "inside.example": ["192.168.7.7"],
  "both.example": ["93.184.216.34", "127.0.0.1"],
  "nowhere.example": [],
};
/** Allowed by the operator in this attack; 127.0.0.1 is not. */
const LISTED = "127.0.0.2";

const LIMIT_MS = 4000;
const late = () => new Promise<"late">((resolve) => setTimeout(() => resolve("late"), LIMIT_MS).unref());

async function serve(host: string, port: number, answer: RequestListener): Promise<Server> {
  const server = createServer(answer).listen(port, host);
  await once(server, "listening");
  return server;
}

/** Cases 19 to 21: an address that leads inside, by its spelling, by its name, by a name that changes, or by a redirect. */
export async function attack(): Promise<string | null> {
  let asked = 0;
  const names = await startNameServer((name) => {
    // Who asks twice is told something else the second time.
    if (name === "changing.example") return [asked++ === 0 ? LISTED : "127.0.0.1"];
    return NAMES[name] ?? [];
  });
  const strict: EgressRules = { allowed: [], resolve: names.resolve };
  const rules: EgressRules = { allowed: [LISTED], resolve: names.resolve };
  let insideReached = 0;
  const inside = await serve("127.0.0.1", 0, (_request, response) => {
    insideReached++;
    response.end("inside");
  });
  const { port } = inside.address() as AddressInfo;
  const outside = await serve(LISTED, port, (request, response) => {
    if (request.url === "/redirect") return response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    if (request.url === "/slow") return void setInterval(() => response.write("."), 50).unref();
    if (request.url !== "/huge") return response.end("outside");
    const part = Buffer.alloc(64 * 1024, "x");
    const more = () => {
      while (!response.destroyed && response.write(part));
    };
    response.on("drain", more);
    more();
  });

  const isRefused = async (url: string, by: EgressRules) => {
    try {
      await checkTarget(url, { rules: by });
      return false;
    } catch (error) {
      return error instanceof Error && "code" in error && error.code === "address_refused";
    }
  };
  const send = (url: string, by: EgressRules): Promise<OutsideAnswer | "late" | null> => {
    const request = {
      url,
      method: "POST",
      headers: {},
      body: "{}",
      timeoutMs: 1000,
      answerBytes: 2000,
      rules: by,
    } as const;
    return Promise.race([requestOutside(request).catch(() => null), late()]);
  };
  const overAgents = (url: string, by: EgressRules) =>
    new Promise<void>((resolve) => {
      const { httpAgent } = checkedAgents(by);
      const request = get(url, { agent: httpAgent }, (response) => response.resume().once("close", resolve));
      request.once("error", () => resolve());
    });

  try {
    for (const host of INSIDE) {
      for (const scheme of ["http", "https"]) {
        if (!(await isRefused(`${scheme}://${host}/`, strict))) return `${scheme}://${host}/ is taken`;
      }
    }
    for (const url of NO_WEB_ADDRESS) if (!(await isRefused(url, rules))) return `${url} is taken`;
    for (const url of PUBLIC) if (await isRefused(url, strict)) return `${url} is refused: the rules refuse everything`;
    if (!(await isRefused("http://93.184.216.34/", strict))) return "a public address is taken without TLS";
    if (!(await isRefused("https://user:password@93.184.216.34/", strict))) return "a password in an address is taken";
    for (const name of Object.keys(NAMES)) {
      if (!(await isRefused(`https://${name}/`, rules))) return `${name} is taken`;
    }
    // Refused when it is sent as well, whatever was saved.
    if (await send(`http://127.0.0.1:${port}/`, rules)) return "an inner address was sent to";
    await overAgents(`http://127.0.0.1:${port}/`, rules);
    if (insideReached > 0) return "an inner address was reached";

    const moved = await send(`http://changing.example:${port}/`, rules);
    if (insideReached > 0) return "a name that changed between check and connection led inside";
    if (moved === null || moved === "late" || moved.text !== "outside")
      return "the address that was checked was not reached";
    await overAgents(`http://changing.example:${port}/`, rules);
    if (insideReached > 0) return "a name that changed led a client of its own inside";

    const redirected = await send(`http://${LISTED}:${port}/redirect`, rules);
    if (insideReached > 0) return "a redirect was followed";
    if (redirected === null || redirected === "late" || redirected.status !== 307) return "a redirect is no answer";
    const huge = await send(`http://${LISTED}:${port}/huge`, rules);
    if (huge === null || huge === "late" || huge.text.length !== 2000) return "an endless answer was read on";
    if ((await send(`http://${LISTED}:${port}/slow`, rules)) === "late") return "an answer drop by drop was waited for";
    return null;
  } finally {
    for (const server of [inside, outside]) server.close().closeAllConnections();
    await names.stop();
  }
}
