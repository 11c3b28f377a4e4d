import path from "node:path";

/** Where one cluster and what is kept of it lie. `root` is the cluster's user's own (0700); the history is Lastgood's. */
export type ClusterPlaces = {
  root: string;
  /** The data directory that serves. */
  live: string;
  /** What swaps have set aside, by the id of the restore that did: `aside/<restoreId>`. */
  aside: string;
  /** What is being made, by the id of whatever makes it: `work/<id>`. */
  work: string;
  history: string;
  /**
   * The file with the connection that Lastgood itself uses (`ClusterConnection` as JSON, 0600): of a hosted cluster as its
   * superuser `lastgood`, of an attached one as the role that people gave.
   */
  access: string;
};

/** @param folders `clusters`: where hosted clusters lie, see `RuntimePaths` */
export function clusterPlaces(
  folders: { clusters: string; history: string; clusterAccess: string },
  id: string,
): ClusterPlaces {
  const root = path.join(folders.clusters, id);
  return {
    root,
    live: path.join(root, "live"),
    aside: path.join(root, "aside"),
    work: path.join(root, "work"),
    history: path.join(folders.history, id),
    access: path.join(folders.clusterAccess, `${id}.json`),
  };
}
