import type { Logger } from "pino";
import { metadataGeneration } from "../domain/second-copy.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { Env } from "../env.ts";
import { MetadataSource } from "../services/metadata/metadata-source.ts";
import {
  forgetSecondCopies,
  forgetSecondCopy,
  listPurgedCopies,
  writeSecondCopy,
} from "../services/second-copy/second-copies.ts";
import type { CopySource } from "../storage/copy/listed-file.ts";
import type { OpenCopies } from "./open-copies.ts";
import type { OwnedDatabases } from "./owned-databases.ts";
import { SecondCopies } from "./second-copies.ts";

/** The second copies of an agent's databases, and of the metadata where what leaves this machine is sealed. */
export function openSecondCopies(world: {
  agentId: string;
  env: Env;
  engine: OwnedEngine;
  databases: OwnedDatabases;
  copies: OpenCopies;
  log: Logger;
}): SecondCopies {
  const { agentId, env, engine, databases, copies, log } = world;
  const isMetadataShipped = (env.copy?.keysFile ?? null) !== null;
  const source = new MetadataSource(env);
  let known = "";
  return new SecondCopies({
    copies,
    async databases() {
      const captured = await databases.toCapture();
      known = captured.map(({ id, path }) => `${id} ${path}`).join("\n");
      return captured;
    },
    engine,
    metadata: () => (isMetadataShipped ? metadataSource(source, metadataGeneration(agentId), () => known) : null),
    tell: writeSecondCopy,
    forgetAll: () => forgetSecondCopies(agentId),
    purged: () => listPurgedCopies(agentId),
    forget: forgetSecondCopy,
    log,
  });
}

function metadataSource(source: MetadataSource, generation: string, reason: () => string): CopySource {
  return {
    stamp: () => source.stamp(reason(), Date.now()),
    prepare: () => source.prepare(reason(), Date.now()),
    list: () => ({
      generation,
      files: source.files().map(({ path, file, kind }) =>
        kind === "whole"
          ? // Another one each time, which nobody wants to keep for as long as what is locked.
            { path, name: path, kind: "growing", file, ...sizesOf(source.sizeOf(file)) }
          : { path, name: path, kind, content: source.read(file) },
      ),
      newest: { bookmark: "metadata", txid: 0, timeMs: source.madeAtMs },
      isSound: true,
    }),
  };
}

const sizesOf = (bytes: number) => ({ bytes, sizeBytes: bytes });
