import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { hashPassword } from "../../../lib/services/auth/hash-password.ts";
import { verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import { getNamespace } from "../../../lib/services/namespaces/get-namespace.ts";
import { sealTotpSecret } from "../../../lib/services/second-factor/seal-totp-secret.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";
import { refusalCode } from "../services/refusal-code.ts";

const email = "ada@acme.example";
const origin = { requestId: "r", address: "192.0.2.1" };
let world: MetadataWorld;

beforeAll(async () => {
  world = await openMetadataWorld();
});
afterAll(() => world.close());

test("an account is reset on the machine itself: a new password, no second factor, no session, and the audit log tells", async () => {
  const acme = await world.addNamespace("acme");
  const userId = await world.addUser(email, { [acme]: "owner" });
  const session = await world.contextOf(userId);
  const [totpSealed, passwordHash] = [sealTotpSecret(userId, Buffer.alloc(20)), await hashPassword("a forgotten one")];
  await metadata().user.update({ where: { id: userId }, data: { passwordHash, totpSealed, totpSinceMs: 1n } });
  const ran = await runLastgood(["account", "reset", "--email", "Ada@acme.example", "--data", world.data, "--json"]);
  expect(ran, ran.err).toMatchObject({ code: 0 });
  const { password } = JSON.parse(ran.out) as { password: string };
  expect(await refusalCode(getNamespace(session, { namespace: "acme" }))).toBe("unauthenticated");
  expect(await verifyCredentials(origin, { email, password })).toMatchObject({ signedIn: true });
  const entry = (await world.auditTrail()).find(({ action }) => action === "account.reset");
  expect(entry).toMatchObject({ outcome: "done", actorKind: "system", targetId: userId });
  expect(JSON.stringify(entry, (_, one) => (typeof one === "bigint" ? 0 : one))).not.toContain(password);
});

test("an unknown account is not found, and a mistyped folder does not become an installation", async () => {
  const unknown = await runLastgood(["account", "reset", "--email", "nobody@acme.example", "--data", world.data]);
  expect(unknown).toMatchObject({ code: 3, out: "" });
  const elsewhere = path.join(world.data, "elsewhere");
  expect(await runLastgood(["account", "reset", "--email", email, "--data", elsewhere])).toMatchObject({ code: 3 });
  expect(existsSync(elsewhere)).toBe(false);
});
