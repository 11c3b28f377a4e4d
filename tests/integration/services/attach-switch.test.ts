import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { createDatabase } from "../../../lib/services/databases/create-database.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: MetadataWorld;
let owner: CallContext;

beforeAll(async () => {
  world = await openMetadataWorld();
  const namespaceId = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("ada@acme.example", { [namespaceId]: "owner" }));
});
afterAll(() => world.close());
afterEach(() => {
  delete process.env.LASTGOOD_ATTACH_SERVERS;
});

const connection = {
  ...{ host: "10.1.2.3", port: 5432, user: "mirror", password: "secret", database: "postgres" },
  sslMode: "require" as const,
};
const attach = () =>
  refusalCode(createDatabase(owner, { namespace: "acme", name: "theirs", source: { how: "connect", connection } }));

test("where the operator lets nobody attach servers nobody does, wherever the server is", async () => {
  process.env.LASTGOOD_ATTACH_SERVERS = "off";
  expect(await attach()).toBe("not_supported");
  process.env.LASTGOOD_ATTACH_SERVERS = "on";
  expect(await attach()).toBe("address_refused");
});
