import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type MailPlace, parseMailPlace } from "../../../lib/domain/mail-place.ts";
import { claimMails, deliverMail } from "../../../lib/services/alarms/deliver-mails.ts";
import { getAlarmSettings, setAlarmSettings, testAlarms } from "../../../lib/services/alarms/settings.ts";
import { queueMail } from "../../../lib/services/alarms/tell-steps.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type MailServer, startMailServer } from "../../world/mail-server.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const FROM = "Lastgood <alarms@lastgood.example>";
const namespace = "acme";
let world: MetadataWorld;
let server: MailServer;
let owner: CallContext;
let admin: CallContext;
let acme = "";
let place: MailPlace;

beforeAll(async () => {
  server = await startMailServer();
  Object.assign(process.env, { LASTGOOD_SMTP_URL: server.url, LASTGOOD_ALARM_FROM: FROM });
  place = parseMailPlace(server.url, FROM) as MailPlace;
  world = await openMetadataWorld();
  acme = await world.addNamespace(namespace);
  owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
  admin = await world.contextOf(await world.addUser("admin@acme.example", { [acme]: "admin" }));
});
afterAll(async () => {
  delete process.env.LASTGOOD_SMTP_URL;
  await world.close();
  await server.remove();
});
beforeEach(async () => {
  await metadata().alarmMail.deleteMany();
});

const queue = (alarms = '["a"]') =>
  transact((tx) =>
    queueMail(tx, { namespaceId: acme, recipient: "a@b.example", alarms, subject: "s", body: "b" }, Date.now()),
  );
const passTime = () => metadata().alarmMail.updateMany({ where: { status: "pending" }, data: { nextAtMs: 1n } });
const onlyMail = () => metadata().alarmMail.findFirstOrThrow();

/** Tries what is due, and answers what the server's side of it was told. */
async function round(at: MailPlace = place): Promise<string | null> {
  const [mail] = await claimMails("one", 32);
  if (!mail) throw new Error("nothing was due");
  await deliverMail(at, mail);
  return (await onlyMail()).error;
}

describe("a message", () => {
  test("whose server's certificate nobody vouches for is not sent, nor its password", async () => {
    await queue();
    expect(await round()).toBe("The certificate of the e-mail server is not trusted here.");
    expect(server.received).toEqual([]);
    expect(await onlyMail()).toMatchObject({ status: "pending", attempts: 1 });
  });

  test("is not sent without TLS where that was asked for, nor to a server that refuses it", async () => {
    await queue();
    expect(await round({ ...place, tls: "none", user: null, password: null })).toMatch(/^The e-mail server refused/);
    await passTime();
    expect(await round({ ...place, port: 1 })).toBe("The e-mail server refused the connection: nothing listens there.");
  });

  test("is tried again for days and then given up; a test is tried once", async () => {
    await queue();
    for (let n = 1; n <= 11; n += 1) {
      await passTime();
      await round({ ...place, port: 1 });
      expect((await onlyMail()).attempts).toBe(n);
    }
    expect(await onlyMail()).toMatchObject({ status: "failed", nextAtMs: null });
    await metadata().alarmMail.deleteMany();
    await queue("[]");
    await round({ ...place, port: 1 });
    expect(await onlyMail()).toMatchObject({ status: "failed", attempts: 1 });
  });

  test("is one agent's at a time, and another's once its lease is over", async () => {
    await queue();
    const [[mine], theirs] = [await claimMails("one", 32), await claimMails("two", 32)];
    expect(theirs).toEqual([]);
    await metadata().alarmMail.updateMany({ data: { leaseUntilMs: 1n } });
    const [heirs] = await claimMails("two", 32);
    expect(heirs?.id).toBe(mine?.id);
    // Whoever lost it writes nothing down.
    if (mine) await deliverMail({ ...place, port: 1 }, mine);
    expect(await onlyMail()).toMatchObject({ attempts: 0, leaseOwner: "two" });
  });
});

describe("who is told", () => {
  test("owners and admins, and whom owners list; nobody overwrites what another has changed", async () => {
    const before = await getAlarmSettings(admin, { namespace });
    expect(before).toMatchObject({ told: ["owner@acme.example", "admin@acme.example"], version: 0, from: FROM });
    const settings = { toAdmins: false, recipients: ["oncall@acme.example"], massDeleteRows: null };
    const change = { namespace, settings, version: 0 };
    await expect(setAlarmSettings(admin, change)).rejects.toMatchObject({ code: "forbidden" });
    expect(await setAlarmSettings(owner, change)).toMatchObject({ told: ["oncall@acme.example"], version: 1 });
    await expect(setAlarmSettings(owner, change)).rejects.toMatchObject({ code: "conflict" });
    expect((await testAlarms(admin, { namespace })).test).toMatchObject({ status: "pending", recipients: 1 });
    // They go to addresses outside, before alarms that come later.
    await expect(testAlarms(admin, { namespace })).rejects.toMatchObject({ code: "rate_limited" });
    expect(await metadata().alarmMail.count({ where: { alarms: "[]" } })).toBe(1);
  });
});

describe("LASTGOOD_SMTP_URL", () => {
  test.each([
    ["smtps://u:p%40s@mail.example", { tls: "implicit", port: 465, user: "u", password: "p@s" }],
    ["smtp://u:p@mail.example", { tls: "starttls", port: 587 }],
    ["smtp://mail.example:25", { tls: "starttls", port: 25 }],
    ["smtp://127.0.0.1", { tls: "none", port: 25, user: null }],
    ["smtp://u:p@localhost:2525", { tls: "starttls", port: 2525 }],
    ["smtp://10.0.0.5?tls=off", { tls: "none", port: 25 }],
  ])("%s", (url, expected) => expect(parseMailPlace(url, FROM)).toMatchObject(expected));

  test.each([
    ["http://mail.example", FROM, "LASTGOOD_SMTP_URL is no smtp:// or smtps:// URL."],
    ["smtp://u:p@mail.example?tls=off", FROM, "LASTGOOD_SMTP_URL would send a password without TLS."],
    ["smtp://mail.example?rejectUnauthorized=false", FROM, "LASTGOOD_SMTP_URL has an option that nobody knows."],
    ["smtps://mail.example", null, "LASTGOOD_ALARM_FROM names whom e-mail comes from."],
    ["smtps://mail.example", "nobody", "LASTGOOD_ALARM_FROM names whom e-mail comes from."],
    ["smtps://mail.example", "a@b.example\r\nBcc: c@d.example", "LASTGOOD_ALARM_FROM names whom e-mail comes from."],
  ])("%s from %s is refused", (url, from, message) => expect(() => parseMailPlace(url, from)).toThrow(message));
});
