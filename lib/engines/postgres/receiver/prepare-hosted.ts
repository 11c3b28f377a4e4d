import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { HostOrder } from "../receiver-protocol.ts";
import { readAccess, writeAccess } from "./access-file.ts";
import { choosePort, makeCluster, SUPERUSER, takeDirectory } from "./make-cluster.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import type { ServingCluster } from "./serving-cluster.ts";

/** What a data directory says of its version; null: there is none. */
export function majorOf(directory: string): number | null {
  const file = path.join(directory, "PG_VERSION");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : null;
}

/** The data directory of a hosted cluster, with how it is reached written down before it is there. One that is there stays. */
export async function prepareHosted(
  cluster: ReceivedCluster,
  { from, password }: HostOrder,
  takenPorts: () => ReadonlySet<number>,
): Promise<ServingCluster> {
  const { places } = cluster;
  if (!existsSync(path.join(places.live, "PG_VERSION"))) {
    const port = readAccess(places.access)?.port ?? (await choosePort(takenPorts()));
    writeAccess(places.access, {
      host: "127.0.0.1",
      port,
      user: SUPERUSER,
      password,
      database: "postgres",
      sslMode: "disable",
    });
    if (from === null) await makeCluster(places, cluster.programs(null), password);
    else takeDirectory(places, from);
  }
  return cluster.serving(cluster.programs(majorOf(places.live)));
}
