import { createTransport, type Transporter } from "nodemailer";
import type { MailPlace } from "../../domain/mail-place.ts";

/** For all of it: connection, TLS, sign-in, the message. */
export const MAIL_TIMEOUT_MS = 45_000;
const STEP_TIMEOUT_MS = 15_000;

export type Mail = { id: string; recipient: string; subject: string; body: string };

/**
 * Hands a message to the e-mail server. Answers null once that has taken it, else what went wrong, in words of ours: what servers answer may
 * hold addresses. Its id is the message's own, so that one that was sent twice can be told.
 */
export function sendMail(place: MailPlace, mail: Mail): Promise<string | null> {
  return withServer(place, (transport) =>
    transport.sendMail({
      from: place.from,
      to: { name: "", address: mail.recipient },
      subject: mail.subject,
      text: mail.body,
      messageId: `<${mail.id}@lastgood>`,
      headers: { "auto-submitted": "auto-generated" },
    }),
  );
}

/** Connects to the e-mail server and signs in, without a message. Answers as `sendMail` does. */
export function tryMailServer(place: MailPlace): Promise<string | null> {
  return withServer(place, (transport) => transport.verify());
}

async function withServer(
  place: MailPlace,
  work: (transport: Transporter) => Promise<unknown>,
): Promise<string | null> {
  const transport = createTransport({
    host: place.host,
    port: place.port,
    secure: place.tls === "implicit",
    requireTLS: place.tls === "starttls",
    ignoreTLS: place.tls === "none",
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    // What a message says never names files or addresses to read it from.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(place.user !== null && { auth: { user: place.user, pass: place.password ?? "" } }),
  });
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("timeout")), MAIL_TIMEOUT_MS);
  try {
    await Promise.race([work(transport), tooLate]);
    return null;
  } catch (error) {
    return wordsOf(error);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "The e-mail server refused the connection: nothing listens there.",
  ECONNECTION: "The e-mail server cannot be reached.",
  ENOTFOUND: "The name of the e-mail server is not known.",
  EDNS: "The name of the e-mail server is not known.",
  ETIMEDOUT: "The e-mail server did not answer in time.",
  ETLS: "The e-mail server offers no TLS.",
  EAUTH: "The e-mail server refused user or password.",
  EENVELOPE: "The e-mail server refused sender or recipient",
  EMESSAGE: "The e-mail server refused the message",
};
const CERTIFICATE = /CERT|SELF_SIGNED|SIGNATURE/;

function wordsOf(error: unknown): string {
  const {
    code = "",
    cause,
    responseCode,
  } = error as { code?: string; cause?: { code?: string }; responseCode?: number };
  const inner = cause?.code ?? "";
  const message = error instanceof Error ? error.message : "";
  if (CERTIFICATE.test(`${code} ${inner}`) || /certificate/i.test(message)) {
    return "The certificate of the e-mail server is not trusted here.";
  }
  const known = /ECONNREFUSED/.test(message) ? CAUSES.ECONNREFUSED : (CAUSES[inner] ?? CAUSES[code]);
  const words = known ?? (message === "timeout" ? (CAUSES.ETIMEDOUT ?? "") : "The message could not be sent");
  return words.endsWith(".") ? words : `${words}${responseCode === undefined ? "" : ` (${responseCode})`}.`;
}
