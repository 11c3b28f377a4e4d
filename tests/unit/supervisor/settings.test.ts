import { describe, expect, it } from "vitest";
import { processEnvironment, processSpecs } from "../../../lib/supervisor/processes.ts";
import { readSettings } from "../../../lib/supervisor/settings.ts";

const base = { NODE_ENV: "test", LASTGOOD_DATA: "/var/lib/lastgood" } as const;

describe("the supervisor's settings", () => {
  it("are this machine alone, port 3000, unless told otherwise", () => {
    expect(readSettings(base)).toEqual({
      host: "127.0.0.1",
      port: 3000,
      url: "http://127.0.0.1:3000",
      localUrl: "http://127.0.0.1:3000",
      data: "/var/lib/lastgood",
      processes: "all",
    });
  });

  it("reach a console that listens on every address through the loopback", () => {
    expect(readSettings({ ...base, HOST: "0.0.0.0", PORT: "8080" }).localUrl).toBe("http://127.0.0.1:8080");
    expect(readSettings({ ...base, HOST: "::", PORT: "8080" }).localUrl).toBe("http://[::1]:8080");
  });

  it("keep the public address apart from the local one", () => {
    const settings = readSettings({ ...base, LASTGOOD_URL: "https://db.example.org/" });
    expect([settings.url, settings.localUrl]).toEqual(["https://db.example.org", "http://127.0.0.1:3000"]);
  });

  it("treat an empty variable as none", () => {
    expect(readSettings({ ...base, PORT: "", HOST: "", LASTGOOD_URL: "" }).url).toBe("http://127.0.0.1:3000");
  });

  it.each([{ PORT: "0" }, { PORT: "65536" }, { PORT: "http" }, { LASTGOOD_URL: "ftp://x" }])(
    "refuse %o by name",
    (wrong) => {
      const [field] = Object.keys(wrong);
      expect(() => readSettings({ ...base, ...wrong })).toThrow(
        expect.objectContaining({ code: "invalid_input", details: expect.objectContaining({ field }) }),
      );
    },
  );
});

describe("the processes' environment", () => {
  it("holds the init variables only where the first start needs them", () => {
    const env = { ...base, LASTGOOD_INIT_TOKEN: "secret" };
    const settings = readSettings(env);
    expect(processEnvironment(settings, env).LASTGOOD_INIT_TOKEN).toBe("secret");
    for (const spec of processSpecs(settings, env)) expect(spec.env).not.toHaveProperty("LASTGOOD_INIT_TOKEN");
  });

  it("keeps what opens metadata and sessions from what captures", () => {
    const secrets = { DATABASE_URL: "postgres://u:p@h/d", PGPASSWORD: "p", LASTGOOD_SECRET: "s".repeat(32) };
    const env = { ...base, ...secrets };
    const holders = (name: string) =>
      processSpecs(readSettings(env), env)
        .filter((spec) => name in (spec.env ?? {}))
        .map((spec) => spec.name);
    for (const name of Object.keys(secrets)) expect(holders(name)).toEqual(["console", "agent"]);
  });

  it("is the console's alone where agents of a shared store do the work, and nowhere else", () => {
    const alone = { ...base, LASTGOOD_PROCESSES: "console" };
    expect(() => readSettings(alone)).toThrow(expect.objectContaining({ code: "invalid_input" }));
    const env = { ...alone, DATABASE_URL: "postgres://u:p@h/d" };
    expect(processSpecs(readSettings(env), env).map(({ name }) => name)).toEqual(["console"]);
  });

  it("ends console, agent, receiver, reader and keepers in this order", () => {
    const names = processSpecs(readSettings(base), base).map(({ name }) => name);
    expect(names).toEqual(["console", "agent", "receiver", "reader", "keeper-b", "keeper-a"]);
  });
});
