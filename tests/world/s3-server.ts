import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Settings } from "../../lib/storage/s3-storage.ts";
import { findFreePort } from "./find-free-port.ts";

export const BUCKET = "lastgood-test";

export type S3Server = { settings: S3Settings; stop(): Promise<void> };

/**
 * A server that speaks S3, with one empty bucket: started in a process of its own, or the one that LASTGOOD_TEST_S3_ENDPOINT names with
 * LASTGOOD_TEST_S3_ACCESS_KEY and LASTGOOD_TEST_S3_SECRET_KEY.
 */
export async function startS3(): Promise<S3Server> {
  if (process.env.LASTGOOD_TEST_S3_ENDPOINT) return useS3(await makeBucket());
  const folder = mkdtempSync(path.join(tmpdir(), "s3-"));
  const port = await findFreePort();
  const program = path.join(
    path.dirname(createRequire(import.meta.url).resolve("s3rver/package.json")),
    "bin/s3rver.js",
  );
  const args = [program, "-d", folder, "-a", "127.0.0.1", "-p", String(port), "--configure-bucket", BUCKET, "--silent"];
  const server = spawn(process.execPath, args, { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  while (server.exitCode === null && !(await answers(endpoint))) await sleep(20);
  if (server.exitCode !== null) throw new Error(`the S3 server ended with code ${server.exitCode}`);
  return {
    settings: {
      bucket: BUCKET,
      prefix: "",
      region: "us-east-1",
      endpoint,
      accessKeyId: "S3RVER",
      secretAccessKey: "S3RVER",
      usesPathStyle: true,
    },
    stop: async () => {
      const exited = once(server, "exit");
      server.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const useS3 = (settings: S3Settings): S3Server => ({ settings, stop: async () => undefined });

/**
 * Makes a bucket of its own on the server that LASTGOOD_TEST_S3_ENDPOINT names.
 * @param hasLock its objects can be locked: then there are versions of each
 */
export async function makeBucket(hasLock = false): Promise<S3Settings> {
  const {
    LASTGOOD_TEST_S3_ENDPOINT: endpoint = "",
    LASTGOOD_TEST_S3_ACCESS_KEY: accessKeyId = "",
    LASTGOOD_TEST_S3_SECRET_KEY: secretAccessKey = "",
  } = process.env;
  const bucket = `${BUCKET}-${randomBytes(6).toString("hex")}`;
  const client = s3Client({ endpoint, accessKeyId, secretAccessKey });
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: hasLock }));
  client.destroy();
  return { bucket, prefix: "", region: "us-east-1", endpoint, accessKeyId, secretAccessKey, usesPathStyle: true };
}

/** The client of whoever has these credentials. */
export function s3Client({
  endpoint = "",
  accessKeyId,
  secretAccessKey,
}: Pick<S3Settings, "endpoint" | "accessKeyId" | "secretAccessKey">): S3Client {
  return new S3Client({
    region: "us-east-1",
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint);
    return true;
  } catch {
    return false;
  }
}

export type CutProxy = { endpoint: string; cuts(): number; mend(): void; stop(): Promise<void> };

/** A way to a server that breaks off every connection once it has carried `bytes` towards it in all, until it is mended. */
export async function startCutProxy(target: string, bytes: number): Promise<CutProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let limit = bytes;
  let carried = 0;
  let cuts = 0;
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on("data", (piece) => {
      carried += piece.length;
      if (carried > limit) {
        cuts++;
        client.destroy();
        return;
      }
      server.write(piece);
    });
    server.pipe(client);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has a port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    cuts: () => cuts,
    mend: () => {
      limit = Number.POSITIVE_INFINITY;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
