import { rmSync } from "node:fs";
import path from "node:path";
import { pino } from "pino";
import { requirePrograms } from "../lib/engines/postgres/programs/find-programs.ts";
import { readAccess, writeAccess } from "../lib/engines/postgres/receiver/access-file.ts";
import { choosePort } from "../lib/engines/postgres/receiver/make-cluster.ts";
import { ServingCluster } from "../lib/engines/postgres/receiver/serving-cluster.ts";
import { makeClusterFolder } from "../lib/engines/postgres/receiver/serving-configuration.ts";
import type { ClusterWorld, HostedCluster } from "../tests/world/cluster-world.ts";
import { copyAll } from "./copy-folder.ts";

/** A copy of a cluster, started as the receiver would, that nobody else looks after. */
export class PlainCluster {
  readonly port: number;
  readonly #serving: ServingCluster;
  readonly #root: string;

  private constructor(port: number, serving: ServingCluster, root: string) {
    this.port = port;
    this.#serving = serving;
    this.#root = root;
  }

  static async start(world: ClusterWorld, { places }: HostedCluster): Promise<PlainCluster> {
    const root = path.join(path.dirname(places.root), "plain");
    const at = (name: string) => path.join(root, name);
    const access = path.join(world.data, "plain.json");
    const own = readAccess(places.access);
    if (!own) throw new Error("nobody knows how to reach the cluster");
    const port = await choosePort(new Set([own.port]));
    writeAccess(access, { ...own, port });
    makeClusterFolder(root);
    await copyAll(places.live, at("live"));
    rmSync(path.join(at("live"), "postmaster.pid"), { force: true });
    const programs = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
    const ours = { root, live: at("live"), aside: at("aside"), work: at("work"), history: places.history, access };
    const serving = new ServingCluster({ places: ours, programs, log: pino({ level: "silent" }), synchronous: null });
    await serving.start();
    return new PlainCluster(port, serving, root);
  }

  async stop(): Promise<void> {
    await this.#serving.stop();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
