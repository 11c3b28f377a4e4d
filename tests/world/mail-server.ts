import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A message as it arrived, and how. */
export type ReceivedMail = { to: string[]; mail: Email; user: string; secure: boolean };

export type MailServer = {
  /** For LASTGOOD_SMTP_URL, with user and password. */
  url: string;
  /** File with the certificate that has to be trusted (NODE_EXTRA_CA_CERTS). */
  certificate: string;
  received: ReceivedMail[];
  /** Waits until there are so many. */
  until(count: number): Promise<ReceivedMail[]>;
  /** Nothing listens any more, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its certificate. */
  remove(): Promise<void>;
};

const USER = "alarms";
const PASSWORD = "p@ss/word";

/** A real SMTP server on a port of 127.0.0.1 that takes nothing without STARTTLS, user and password. */
export async function startMailServer(): Promise<MailServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "mail-"));
  const [key, certificate] = ["key.pem", "cert.pem"].map((name) => path.join(folder, name)) as [string, string];
  const asked = ["-subj", "/CN=mail.test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", ...made, ...asked], { stdio: "ignore" });
  const waiting = new Set<() => void>();
  const received: ReceivedMail[] = [];
  let server = open();
  let port = 0;

  function open(): SMTPServer {
    return new SMTPServer({
      key: readFileSync(key),
      cert: readFileSync(certificate),
      authMethods: ["PLAIN", "LOGIN"],
      logger: false,
      onAuth: ({ username, password }, _session, answer) =>
        username === USER && password === PASSWORD
          ? answer(null, { user: username })
          : answer(new Error("Invalid user or password")),
      onData(stream, session, answer) {
        buffer(stream)
          .then((bytes) => PostalMime.parse(bytes))
          .then(
            (mail) => {
              const to = session.envelope.rcptTo.map(({ address }) => address);
              received.push({ to, mail, user: String(session.user), secure: session.secure });
              answer();
              for (const look of waiting) look();
            },
            (error: Error) => answer(error),
          );
      },
    });
  }

  async function start(): Promise<void> {
    server = open();
    // A client that breaks off is its own affair.
    server.on("error", () => undefined);
    const listening = server.listen(port, "127.0.0.1");
    if (!listening.listening) await once(listening, "listening");
    port = (listening.address() as AddressInfo).port;
  }

  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  await start();
  return {
    url: `smtp://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    certificate,
    received,
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
      }),
    start,
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
