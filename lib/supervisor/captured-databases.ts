import { LastgoodError } from "../domain/errors.ts";
import { readClusterRegistry } from "../engines/postgres/cluster-registry.ts";
import { readRegistry } from "../engines/sqlite/registry.ts";

/** What is captured, seen from the person who stops it: paths of attached files, attached servers, and how many databases of either engine we host. */
export type Captured = { attachedPaths: string[]; attachedServers: number; hosted: number };

export const NOTHING_CAPTURED: Captured = { attachedPaths: [], attachedServers: 0, hosted: 0 };

/** A registry that cannot be read is no reason not to stop: it counts as nothing captured. */
export function capturedDatabases({
  registry,
  clusterRegistry,
}: {
  registry: string;
  clusterRegistry: string;
}): Captured {
  const files = orNone(() => readRegistry(registry).databases);
  const clusters = orNone(() => readClusterRegistry(clusterRegistry).clusters);
  const isHosted = ({ origin }: { origin: string }) => origin === "hosted";
  return {
    attachedPaths: files.filter((file) => !isHosted(file)).map((file) => file.path),
    attachedServers: clusters.filter((cluster) => !isHosted(cluster)).length,
    hosted: [...files, ...clusters].filter(isHosted).length,
  };
}

export const isCapturing = ({ attachedPaths, attachedServers, hosted }: Captured): boolean =>
  attachedPaths.length + attachedServers + hosted > 0;

function orNone<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof LastgoodError) return [];
    throw error;
  }
}
