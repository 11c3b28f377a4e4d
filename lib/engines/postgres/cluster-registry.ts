import path from "node:path";
import { z } from "zod";

/** The clusters whose log is received (`clusters.json`): the agent writes it, the receiver follows it. Holds no secret. */
const absolutePath = z.string().refine((value) => path.isAbsolute(value), "an absolute path");

export const clusterRegistrySchema = z.object({
  version: z.literal(1),
  /** Where PostgreSQL's programs are; null: where the distribution puts them. */
  programs: z.string().nullable(),
  clusters: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string(),
      origin: z.enum(["hosted", "attached"]),
      /** The folders of `ClusterPlaces`; of an attached cluster only history and access are used. */
      root: absolutePath,
      history: absolutePath,
      access: absolutePath,
      windowDays: z.number().int().min(1).max(365),
      zeroLoss: z.boolean(),
    }),
  ),
});

export type ClusterRegistry = z.infer<typeof clusterRegistrySchema>;
export type RegisteredCluster = ClusterRegistry["clusters"][number];
