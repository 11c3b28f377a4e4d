import { hkdfSync } from "node:crypto";

const known = new Map<string, Buffer>();

/** 256 bits for one purpose, made from the installation's secret; they tell nothing of it, nor of another purpose's. */
export function deriveKey(secret: string, purpose: string): Buffer {
  const name = `${purpose}\0${secret}`;
  const key = known.get(name) ?? Buffer.from(hkdfSync("sha256", secret, "lastgood", purpose, 32));
  known.set(name, key);
  return key;
}
