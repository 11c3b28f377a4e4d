import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { analyzeUnits, lintContainerfile, readYaml } from "../world/lint-deployment.ts";

const DEPLOY = path.resolve(import.meta.dirname, "../../deploy");
const read = (...parts: string[]) => readFileSync(path.join(DEPLOY, ...parts), "utf8");
const UNITS = ["lastgood.service", "lastgood-console.service"];

/** A unit's settings, `Section.Key` to its values in their order. */
function readUnit(text: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section = "";
  for (const line of text.split("\n").filter((one) => one.trim() !== "" && !one.startsWith("#"))) {
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) section = head;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (head === undefined && key === undefined) throw new Error(`this is no line of a unit: ${line}`);
    if (key !== undefined)
      settings.set(`${section}.${key}`, [...(settings.get(`${section}.${key}`) ?? []), value ?? ""]);
  }
  return settings;
}

describe.each(UNITS)("%s", (name) => {
  const unit = readUnit(read("systemd", name));
  const lastOf = (key: string) => unit.get(`Service.${key}`)?.at(-1);

  it("runs as a user of its own that can gain nothing and write nowhere but to its state", () => {
    const hardened = {
      User: "lastgood",
      NoNewPrivileges: "yes",
      ProtectSystem: "strict",
      ProtectHome: "yes",
      PrivateTmp: "yes",
      PrivateDevices: "yes",
      CapabilityBoundingSet: "",
      RestrictNamespaces: "yes",
      RestrictSUIDSGID: "yes",
      SystemCallFilter: "@system-service",
      StateDirectoryMode: "0700",
      UMask: "0077",
    };
    for (const [key, value] of Object.entries(hardened)) expect([key, lastOf(key)]).toEqual([key, value]);
  });

  it("has only its supervisor told to end, and waits for the order of ending", () => {
    expect(lastOf("KillMode")).toBe("mixed");
    // Of the supervisor's graces the receiver's with its clusters is the longest, 60 s.
    const atLeast = name === "lastgood.service" ? 60 + 10 + 10 + 5 + 5 + 5 : 6;
    expect(Number(lastOf("TimeoutStopSec"))).toBeGreaterThan(atLeast);
    expect(lastOf("Restart")).toBe("on-failure");
    // Five failures in a row, as of a metadata server that comes up late, would otherwise be the last ones.
    expect(unit.get("Unit.StartLimitIntervalSec")).toEqual(["0"]);
  });

  it("keeps its state where it is told that its data is", () => {
    expect(unit.get("Service.Environment")).toContain(`LASTGOOD_DATA=/var/lib/${lastOf("StateDirectory")}`);
  });

  it("passes systemd's own check where there is a systemd, with little exposed", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "units-"));
    try {
      // Its programs are where the guide puts them, not here.
      const text = read("systemd", name).replace("/usr/bin/node", process.execPath).replaceAll("/opt/lastgood", "/tmp");
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const verified = analyzeUnits(["verify", file]);
      expect(verified ?? { code: 0, said: "" }).toEqual({ code: 0, said: "" });
      const exposed = analyzeUnits(["security", "--offline=true", "--threshold=25", file]);
      expect(exposed?.code ?? 0, exposed?.said).toBe(0);
      writeFileSync(file, text.replace("NoNewPrivileges=yes", "NoNewPrivileges=perhaps"));
      // The control: where there is a systemd it complains of this one.
      expect(analyzeUnits(["verify", file])?.said ?? "perhaps").toContain("perhaps");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("the environment of the service says where its data is, for the doctor that reads it", () => {
  const unit = readUnit(read("systemd", "lastgood.service"));
  const line = (unit.get("Service.Environment") ?? []).find((one) => one.startsWith("LASTGOOD_DATA="));
  expect(read("lastgood.env.example").split("\n")).toContain(line);
});

describe("the Containerfile", () => {
  const text = read("Containerfile");
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const instruction = (word: string) => lines.filter((line) => line.startsWith(`${word} `));

  it("passes the linter, which finds what is wrong with others", () => {
    expect(lintContainerfile(text)).toEqual([]);
    expect(lintContainerfile("FROM a\nFORM b\nEXPOSE x\n")).toHaveLength(2);
  });

  it("builds in one stage and runs in another, from images whose names name no registry", () => {
    const images = instruction("FROM").map((line) => line.split(" ")[1] ?? "");
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^[a-z]+:[a-z0-9.-]*slim$/);
  });

  it("runs as nobody's user, with a health check that needs no curl, and starts nothing through a shell", () => {
    expect(instruction("USER").at(-1)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
    expect(instruction("HEALTHCHECK").join("")).toContain('CMD ["node", "scripts/check-health.mjs"]');
    expect(instruction("ENTRYPOINT").join("")).toMatch(/^ENTRYPOINT \["tini", "--", "node"/);
    expect(text).not.toMatch(/curl|wget|sudo|ADD |--privileged/);
    expect(instruction("ENV").join("")).not.toMatch(/SECRET|TOKEN|PASSWORD/);
  });

  it("leaves out what must not get into an image", () => {
    const left = readFileSync(path.resolve(DEPLOY, "../.dockerignore"), "utf8").split("\n");
    expect(left).toEqual(expect.arrayContaining([".git", ".lastgood", "node_modules", ".runtime", ".next"]));
  });
});

const text = z.string();
/** As much of the Compose Specification as the file uses; a key that is none is refused. https://github.com/compose-spec/compose-spec */
const service = z.strictObject({
  build: z.strictObject({ context: text, dockerfile: text }),
  image: text,
  restart: z.enum(["no", "always", "on-failure", "unless-stopped"]),
  ports: z.array(z.string().regex(/^(\d+\.){3}\d+:\d+:\d+$/)),
  // Null passes on what the shell says, and leaves unset what it does not.
  environment: z.record(z.string().regex(/^[A-Z_]+$/), text.nullable()),
  volumes: z.array(z.string().regex(/^[a-z-]+:\/[\w/-]+$/)),
  read_only: z.boolean(),
  // Podman knows no owner of one.
  tmpfs: z.array(z.string().regex(/^\/[a-z/]+:mode=\d+$/)),
  cap_drop: z.array(text),
  security_opt: z.array(text),
  shm_size: z.string().regex(/^\d+[kmg]$/),
  stop_grace_period: z.string().regex(/^\d+s$/),
  ulimits: z.record(text, z.int()),
  healthcheck: z.strictObject({
    test: z.array(text),
    interval: text,
    timeout: text,
    start_period: text,
    retries: z.int(),
  }),
  logging: z.strictObject({ driver: z.literal("json-file"), options: z.strictObject({ "max-size": text }) }),
});
const compose = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(text, service),
  volumes: z.record(text, z.null()),
});

describe("the compose file", () => {
  const raw = read("compose.yaml");

  it("has the form of the Compose Specification; a mistyped key does not pass", () => {
    expect(compose.safeParse(readYaml(raw)).error).toBeUndefined();
    expect(compose.safeParse(readYaml(raw.replace("read_only:", "readonly:"))).success).toBe(false);
    expect(() => readYaml(raw.replace("read_only:", "image:"))).toThrow();
  });

  it("listens on this machine alone, keeps its data in a volume, and drops every right", () => {
    const { services, volumes } = compose.parse(readYaml(raw));
    const lastgood = services.lastgood as z.infer<typeof service>;
    expect(lastgood.ports.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
    expect(lastgood.volumes).toContain("data:/var/lib/lastgood");
    expect(Object.keys(volumes)).toEqual(["data"]);
    expect(lastgood).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    expect(Number.parseInt(lastgood.stop_grace_period, 10)).toBeGreaterThan(90);
    // An empty default is passed on as it stands by podman-compose.
    expect(raw).not.toContain(":-}");
    expect(lastgood.healthcheck.test).toEqual(["CMD", "node", "scripts/check-health.mjs"]);
    expect(raw).not.toMatch(/[a-z0-9-]+\.[a-z]{2,}\/[a-z]/);
  });
});
