import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";

/** Where everything lives below the data directory. The folder of sockets moves to the system's temporary folder when its path would not fit into a socket address (108 bytes on Linux). */
export type RuntimePaths = {
  data: string;
  metadata: string;
  /** Copies of the metadata file, made by the hour and before migrations. */
  metadataCopies: string;
  secret: string;
  /** Numbers and links of the audit log over time, one JSON object a line; only ever added to. */
  auditAnchors: string;
  /** The id of the agent whose data this is, where several share one store. */
  agentId: string;
  /** Whose data directory it is: the store remembers which one an agent's is. */
  machineId: string;
  /** What connections of consoles to this agent are keyed with. */
  agentKey: string;
  /** The databases to capture: the agent writes it, keepers and reader read it. */
  registry: string;
  hosted: string;
  /** The clusters whose log is to be received: the agent writes it, the receiver reads it. */
  clusterRegistry: string;
  /** Hosted clusters, one folder each; as root a place that their own user can reach. */
  clusters: string;
  /** How Lastgood reaches each cluster, one file each that only its user may read. */
  clusterAccess: string;
  history: string;
  /** Backups of namespaces that keep theirs on the agent's own disk. */
  backups: string;
  uploads: string;
  /** What drills restore, and what failed ones leave to be looked at. */
  drills: string;
  temporary: string;
  run: string;
  agentSocket: string;
  keeperSocket: string;
  readerSocket: string;
  receiverSocket: string;
};

const digestOf = (data: string) => createHash("sha256").update(data).digest("hex").slice(0, 12);

/**
 * Where hosted clusters lie when nobody says: below the data directory; as root, whose data directory PostgreSQL's own user may
 * not enter, in a folder of the system's.
 */
function usualClusters(data: string): string {
  return process.getuid?.() === 0 ? `/var/lib/lastgood-clusters/${digestOf(data)}` : path.join(data, "clusters");
}

/**
 * @param data absolute path of the data directory
 * @param clusters the folder that LASTGOOD_CLUSTERS names
 */
export function runtimePaths(data: string, clusters: string | null = null): RuntimePaths {
  const near = path.join(data, "run");
  const run =
    Buffer.byteLength(near) < 80 ? near : path.join(tmpdir(), `lastgood-${process.getuid?.() ?? 0}-${digestOf(data)}`);
  return {
    data,
    metadata: path.join(data, "lastgood.db"),
    metadataCopies: path.join(data, "metadata-copies"),
    secret: path.join(data, "secret"),
    auditAnchors: path.join(data, "audit-anchors.jsonl"),
    agentId: path.join(data, "agent-id"),
    machineId: path.join(data, "machine-id"),
    agentKey: path.join(data, "agent-key"),
    registry: path.join(data, "capture.json"),
    hosted: path.join(data, "databases"),
    clusterRegistry: path.join(data, "clusters.json"),
    clusters: clusters ?? usualClusters(data),
    clusterAccess: path.join(data, "cluster-access"),
    history: path.join(data, "history"),
    backups: path.join(data, "backups"),
    uploads: path.join(data, "uploads"),
    drills: path.join(data, "drills"),
    temporary: path.join(data, "tmp"),
    run,
    agentSocket: path.join(run, "agent.sock"),
    keeperSocket: path.join(run, "keeper.sock"),
    readerSocket: path.join(run, "reader.sock"),
    receiverSocket: path.join(run, "receiver.sock"),
  };
}

/** The paths of this process: below `LASTGOOD_DATA`, else below `.lastgood` in the working directory. */
export function localRuntimePaths(source: NodeJS.ProcessEnv = process.env): RuntimePaths {
  // The comment inside tells the console's bundler that this is no file to pack.
  const clusters = source.LASTGOOD_CLUSTERS;
  return runtimePaths(
    path.resolve(/* turbopackIgnore: true */ source.LASTGOOD_DATA ?? ".lastgood"),
    clusters ? path.resolve(/* turbopackIgnore: true */ clusters) : null,
  );
}
