import { describe, expect, test } from "vitest";
import { connectionString } from "../../lib/domain/cluster-connection.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { parseConnectionString } from "../../lib/domain/parse-connection-string.ts";

function refusalOf(text: string): LastgoodError {
  try {
    parseConnectionString(text);
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe("a connection string", () => {
  test("gives host, port, user, password, database and how it is sealed", () => {
    expect(parseConnectionString("postgresql://app:p%40ss%2Fword@db.example.com:6432/shop?sslmode=require")).toEqual({
      host: "db.example.com",
      port: 6432,
      user: "app",
      password: "p@ss/word",
      database: "shop",
      sslMode: "require",
    });
  });

  test("has PostgreSQL's own defaults", () => {
    expect(parseConnectionString(" postgres://app:x@[::1] ")).toEqual({
      host: "::1",
      port: 5432,
      user: "app",
      password: "x",
      database: "app",
      sslMode: "prefer",
    });
  });

  test("is what is handed out for a hosted cluster, read back", () => {
    const connection = {
      host: "127.0.0.1",
      port: 54_321,
      user: "app",
      password: "a/b@c?d#e%f:g",
      database: "app",
      sslMode: "disable",
    } as const;
    const text = connectionString(connection);
    expect(parseConnectionString(`${text}?sslmode=disable`)).toEqual(connection);
  });

  test("takes user and password as parameters too, once", () => {
    expect(parseConnectionString("postgresql://db.example.com/shop?user=app&password=x")).toMatchObject({
      user: "app",
      password: "x",
    });
    expect(refusalOf("postgresql://app:x@db.example.com/shop?user=other").message).toContain("user is given twice");
  });

  test.each([
    "postgresql://app:x@h/d?passfile=/etc/passwd",
    "postgresql://app:x@h/d?service=production",
    "postgresql://app:x@h/d?sslkey=/root/.ssh/id_rsa",
    "postgresql://app:x@h/d?sslrootcert=/etc/shadow",
    "postgresql://app:x@h/d?hostaddr=127.0.0.1",
    "postgresql://app:x@h/d?options=-c%20x",
    "postgresql://app:x@h/d?require_auth=none",
    "postgresql://app:x@h/d?%70assfile=/etc/passwd",
    "postgresql://app:x@h/d?krbsrvname=x",
  ])("is refused with a keyword that is not listed: %s", (text) => {
    expect(refusalOf(text)).toMatchObject({ code: "invalid_input", details: { field: "connectionString" } });
    expect(refusalOf(text).message).toMatch(/which is not taken/);
  });

  test.each([
    ["postgresql://app:x@%2Frun%2Fpostgresql/d", "no server at all is a socket"],
    ["postgresql://app:x@/d?host=/run/postgresql", "a socket"],
    ["postgresql://app:x@/d?host=@abstract", "an abstract socket"],
    ["postgresql://app:x@one,two/d", "two servers"],
    ["postgresql://app:x@one:1,two:2/d", "two servers with ports"],
    ["postgresql:///d", "no server"],
    ["host=/run/postgresql dbname=d", "keywords without a URI"],
    ["postgresql://app:x@h:0/d", "no port"],
    ["postgresql://app:x@h:65536/d", "no port either"],
    ["postgresql://app@h/d", "no password, which a file of this machine would then give"],
    ["postgresql://:x@h/d", "no user"],
    ["postgresql://app:x%0a@h/d", "a line break"],
    ["postgresql://app:x@h/d%00", "a zero byte"],
    ["postgresql://app:x@h/d?sslmode=allow", "a mode that may go without TLS"],
    ["postgresql://app:%zz@h/d", "no escape"],
    ["http://app:x@h/d", "another protocol"],
    ["postgresql://app:x@-h/d", "an option"],
  ])("%s is refused: %s", (text) => {
    expect(refusalOf(text).code).toBe("invalid_input");
  });

  test("is never told again by its refusal", () => {
    for (const text of [
      "postgresql://app:canary@/d",
      "postgresql://app:canary%zz@h/d",
      "canary",
      "postgresql://a:canary@h:x/d",
    ]) {
      const { message, details } = refusalOf(text);
      expect(JSON.stringify([message, details])).not.toContain("canary");
    }
  });
});
