import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AuditAnchor,
  type AuditFacts,
  CHAIN_START,
  type ChainedEntry,
  parseAnchor,
  parseChainHash,
  toLinkText,
  toSealText,
  toStorableText,
} from "../../lib/domain/audit-chain.ts";
import { auditKeyOf, chainHashOf, makeAnchor, sealOf } from "../../lib/services/audit/audit-key.ts";
import { type ChainReport, verifyChain } from "../../lib/services/audit/verify-chain.ts";

const key = auditKeyOf("the secret of this installation, long enough");
const stranger = auditKeyOf("a secret that somebody else has thought of");

/** Chains the entries from the given place on, numbers as they are. */
function chain(entries: readonly AuditFacts[], by = key, from = CHAIN_START): ChainedEntry[] {
  let link = from;
  return entries.map((entry) => {
    const hash = chainHashOf(by, link, entry);
    link = parseChainHash(hash)?.link ?? "";
    return { ...entry, hash };
  });
}

const facts = (seq: bigint): AuditFacts => ({
  seq,
  id: `id-${seq}`,
  timeMs: 1_795_244_288_123n + seq,
  namespaceId: seq % 3n === 0n ? null : "acme",
  actorKind: "user",
  actorId: "u1",
  actorName: "owner@acme.example",
  action: "restore.project",
  outcome: "done",
  targetKind: "restore",
  targetId: `r${seq}`,
  address: "192.0.2.7",
  requestId: `q${seq}`,
  detail: `{"before":${seq},"after":${seq + 1n}}`,
});
const written = (count: number) => chain(Array.from({ length: count }, (_, index) => facts(BigInt(index + 1))));
const anchorAt = (entries: readonly ChainedEntry[], seq: number): AuditAnchor => {
  const entry = entries[seq - 1];
  return makeAnchor(key, {
    seq: BigInt(seq),
    link: parseChainHash(entry?.hash ?? "")?.link ?? "",
    timeMs: 1_800_000_000_000,
  });
};

function verify(entries: readonly ChainedEntry[], anchors: readonly (AuditAnchor | null)[] = []): Promise<ChainReport> {
  const batches = [];
  for (let from = 0; from < entries.length; from += 7) batches.push(entries.slice(from, from + 7));
  return verifyChain({ batches, keys: [key], anchors });
}

const place = fc.integer({ min: 1, max: 20 });

test("a log that nobody touched is whole, with and without anchors", async () => {
  const log = written(20);
  expect(await verify(log)).toMatchObject({ ok: true, entries: 20, finding: null, last: { seq: "20" } });
  const anchors = [20, 3, 11].map((seq) => anchorAt(log, seq));
  expect(await verify(log, anchors)).toMatchObject({ ok: true, anchors: { count: 3, newest: { seq: "20" } } });
  expect(await verify([])).toMatchObject({ ok: true, entries: 0, last: null });
});

test("an edit of any column of any entry is found there", async () => {
  const edits: Partial<AuditFacts>[] = [
    { id: "other" },
    { timeMs: 1n },
    { namespaceId: "other" },
    { namespaceId: null },
    { actorKind: "token" },
    { actorId: null },
    { actorName: "owner@acme.example " },
    { action: "restore.plan" },
    { outcome: "denied" },
    { targetKind: null },
    { targetId: "" },
    { address: "192.0.2.8" },
    { requestId: "q" },
    { detail: "{}" },
  ];
  await fc.assert(
    fc.asyncProperty(place, fc.constantFrom(...edits), async (seq, edit) => {
      const log = written(20);
      const entry = log[seq - 1];
      if (entry)
        log[seq - 1] = {
          ...entry,
          ...(edit.namespaceId === null ? { namespaceId: entry.namespaceId ? null : "x" } : edit),
        };
      expect(await verify(log)).toMatchObject({ ok: false, finding: { seq: String(seq), what: "edited" } });
    }),
  );
});

test("an entry that was taken out is named as missing, and as edited where the rest was renumbered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 19 }), async (seq) => {
      const log = written(20);
      log.splice(seq - 1, 1);
      expect(await verify(log)).toMatchObject({ ok: false, finding: { seq: String(seq), what: "missing" } });
      const renumbered = log.map((entry, index) => ({ ...entry, seq: BigInt(index + 1) }));
      expect(await verify(renumbered)).toMatchObject({ ok: false, finding: { seq: String(seq), what: "edited" } });
    }),
  );
});

test("entries that changed places are found at the first of them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 1, max: 5 }), async (seq, by) => {
      const log = written(20);
      const [a, b] = [log[seq - 1], log[Math.min(seq - 1 + by, 19)]];
      if (!a || !b) return;
      log[Number(a.seq) - 1] = { ...b, seq: a.seq };
      log[Number(b.seq) - 1] = { ...a, seq: b.seq };
      const { finding } = await verify(log);
      expect(finding?.seq).toBe(String(seq));
      expect(["reordered", "edited"]).toContain(finding?.what);
    }),
  );
});

test("a missing end is found by an anchor of it, and the first missing entry named", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 19 }), async (left) => {
      const log = written(20);
      const report = await verify(log.slice(0, left), [anchorAt(log, 20)]);
      expect(report).toMatchObject({ ok: false, finding: { seq: String(left + 1), what: "truncated" } });
    }),
  );
});

test("an end that was cut off and written on is found by the anchor of what was there", async () => {
  const log = written(20);
  const kept = log.slice(0, 12);
  const link = parseChainHash(kept.at(-1)?.hash ?? "")?.link;
  const others = Array.from({ length: 10 }, (_, index) => ({ ...facts(BigInt(13 + index)), id: `new-${index}` }));
  const report = await verify([...kept, ...chain(others, key, link)], [anchorAt(log, 9), anchorAt(log, 15)]);
  expect(report).toMatchObject({ ok: false, finding: { seq: "10", what: "replaced" } });
});

test("a chain that was made anew without the secret is found at the first changed entry", async () => {
  await fc.assert(
    fc.asyncProperty(place, async (seq) => {
      const log = written(20);
      const changed = log.slice(seq - 1).map((entry, index) => (index === 0 ? { ...entry, outcome: "denied" } : entry));
      const link = parseChainHash(log[seq - 2]?.hash ?? "")?.link ?? CHAIN_START;
      const anew = chain(changed, stranger, link);
      const pretended = anew.map((entry) => ({ ...entry, hash: entry.hash.replace(stranger.id, key.id) }));
      for (const tail of [anew, pretended]) {
        const report = await verify([...log.slice(0, seq - 1), ...tail]);
        expect(report).toMatchObject({ ok: false, finding: { seq: String(seq), what: "forged" } });
      }
    }),
  );
});

test("entries of a former secret are good where that secret is given", async () => {
  const old = written(5);
  const link = parseChainHash(old.at(-1)?.hash ?? "")?.link;
  const log = [...old, ...chain([facts(6n), facts(7n)], stranger, link)];
  const report = await verifyChain({ batches: [log], keys: [stranger, key], anchors: [] });
  expect(report).toMatchObject({ ok: true, entries: 7 });
});

test("an entry without a hash is named, wherever it was put", async () => {
  const log = written(20);
  const last = log.at(-1);
  if (last) log[19] = { ...last, hash: "" };
  expect(await verify(log)).toMatchObject({ ok: false, finding: { seq: "20", what: "unsealed" } });
});

describe("an anchor", () => {
  test("that was changed, or is none, is named", async () => {
    const log = written(20);
    const anchor = anchorAt(log, 20);
    for (const changed of [
      { ...anchor, seq: "19" },
      { ...anchor, timeMs: 1 },
      { ...anchor, link: CHAIN_START },
      null,
    ]) {
      expect(await verify(log, [changed])).toMatchObject({ ok: false, finding: { what: "anchor" } });
    }
  });

  test("of another installation is named as such", async () => {
    const log = written(20);
    const foreign = makeAnchor(stranger, { seq: 20n, link: CHAIN_START, timeMs: 1 });
    const { finding } = await verify(log, [foreign]);
    expect(finding?.message).toContain("another secret");
  });

  test("is the same after it was written as JSON and read again", () => {
    const anchor = anchorAt(written(3), 3);
    expect(parseAnchor(JSON.stringify(anchor))).toEqual(anchor);
    for (const text of ["", "{", "[]", "null", '{"version":2}', JSON.stringify({ ...anchor, seq: 3 })]) {
      expect(parseAnchor(text), text).toBeNull();
    }
  });
});

test("no two different entries have the same text", () => {
  const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(null, "", "null", '"', '","', "0"));
  const entry = fc.record({ namespaceId: text, actorId: text, actorName: text, targetKind: text, targetId: text });
  fc.assert(
    fc.property(entry, entry, (a, b) => {
      const [one, two] = [a, b].map((over) => toLinkText(CHAIN_START, { ...facts(1n), ...over }));
      expect(one === two).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test("a seal is the first half of an HMAC-SHA-256", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 32 }), fc.string(), (secret, link) => {
      const { bytes } = auditKeyOf(secret);
      const whole = createHmac("sha256", bytes).update(toSealText(link)).digest("hex");
      expect(sealOf(auditKeyOf(secret), link)).toBe(whole.slice(0, 32));
    }),
  );
});

test("text that a store would change is made storable first", () => {
  expect(toStorableText("a\ud800b\0c")).toBe("a\uFFFDb\uFFFDc");
  expect(toStorableText("München 🗄️")).toBe("München 🗄️");
});
