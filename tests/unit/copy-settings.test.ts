import { expect, it } from "vitest";
import { readCopySettings } from "../../lib/domain/copy-settings.ts";

const WHOLE = {
  LASTGOOD_COPY_BUCKET: "copies",
  LASTGOOD_COPY_ENDPOINT: "https://s3.example.com",
  LASTGOOD_COPY_ACCESS_KEY: "id",
  LASTGOOD_COPY_SECRET_KEY: "canary",
  LASTGOOD_COPY_KEYS: "/keys",
};

function refusal(change: Record<string, string>): { field: unknown; hint: unknown } {
  try {
    readCopySettings({ ...WHOLE, ...change });
  } catch (error) {
    const { message, details } = error as { message: string; details: { field: string; hint: string } };
    expect(JSON.stringify([message, details])).not.toContain("canary");
    return details;
  }
  throw new Error("nothing was refused");
}

it("says where second copies are kept, or nowhere without a bucket", () => {
  expect(readCopySettings({})).toBeNull();
  expect(readCopySettings({ ...WHOLE, LASTGOOD_COPY_BUCKET: "" })).toBeNull();
  expect(readCopySettings(WHOLE)).toMatchObject({ bucket: "copies", prefix: "", keysFile: "/keys", lockDays: 0 });
  expect(readCopySettings(WHOLE)?.asOfMs).toBeNull();
  expect(readCopySettings({ ...WHOLE, LASTGOOD_COPY_AS_OF: "2026-03-01T10:00:00+01:00" })?.asOfMs).toBe(
    Date.parse("2026-03-01T09:00:00Z"),
  );
  expect(readCopySettings({ ...WHOLE, LASTGOOD_COPY_PREFIX: "machines/one" })?.prefix).toBe("machines/one/");
  const usual = { ...WHOLE, LASTGOOD_COPY_KEYS: "", LASTGOOD_STORAGE_KEYS: "/usual" };
  expect(readCopySettings(usual)?.keysFile).toBe("/usual");
  expect(readCopySettings({ ...usual, LASTGOOD_COPY_SEALED: "off" })?.keysFile).toBeNull();
});

it("refuses to ship unsealed unless that is said, and names what is missing", () => {
  expect(refusal({ LASTGOOD_COPY_KEYS: "" })).toMatchObject({
    field: "LASTGOOD_COPY_KEYS",
    hint: expect.stringContaining("openssl rand"),
  });
  expect(refusal({ LASTGOOD_COPY_ACCESS_KEY: "" }).field).toBe("LASTGOOD_COPY_ACCESS_KEY");
  expect(refusal({ LASTGOOD_COPY_SECRET_KEY: "" }).field).toBe("LASTGOOD_COPY_SECRET_KEY");
  expect(refusal({ LASTGOOD_COPY_ENDPOINT: "s3.example.com" }).field).toBe("LASTGOOD_COPY_ENDPOINT");
  expect(refusal({ LASTGOOD_COPY_PREFIX: "../other" }).field).toBe("LASTGOOD_COPY_PREFIX");
  expect(refusal({ LASTGOOD_COPY_LOCK_DAYS: "soon" }).field).toBe("LASTGOOD_COPY_LOCK_DAYS");
  expect(refusal({ LASTGOOD_COPY_AS_OF: "yesterday" }).field).toBe("LASTGOOD_COPY_AS_OF");
});
