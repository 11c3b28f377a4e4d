import { describe, expect, test } from "vitest";
import { metadataPlace } from "../../lib/metadata-place.ts";

describe("DATABASE_URL", () => {
  const place = (url: string) => metadataPlace({ NODE_ENV: "test", LASTGOOD_DATA: "/data", DATABASE_URL: url });

  test("names a server, a file, or by its absence the file in the data directory", () => {
    for (const url of [
      "postgres://a:b@h/d",
      "postgresql://h/d?sslmode=require",
      "postgres://a@/d?host=/run/postgresql",
    ]) {
      expect(place(url)).toEqual({ provider: "postgres", url });
    }
    expect(place("file:/srv/meta.db")).toEqual({ provider: "sqlite", file: "/srv/meta.db" });
    expect(place("file:///srv/meta.db")).toEqual({ provider: "sqlite", file: "/srv/meta.db" });
    expect(place("")).toEqual({ provider: "sqlite", file: "/data/lastgood.db" });
  });

  test.each([
    "mysql://root:pass-word@h/d",
    "postgres://u:pass-word@h",
    "postgres://u:pass-word@h/",
    "postgres://u:pass-word@h:port/d",
    "postgres://u:pass-word@h/d?schema=mine",
    "file:meta.db",
    "file:",
    "pass-word",
  ])("%s is refused by name, and not repeated", (url) => {
    const thrown = (() => {
      try {
        return place(url);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code: "invalid_input", details: { field: "DATABASE_URL" } });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain("pass-word");
  });
});
