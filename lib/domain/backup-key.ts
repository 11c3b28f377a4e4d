const SLUG_MAX = 40;

/**
 * What a backup is named by once it is complete: when it was asked for (UTC), the beginning of its id, and its label as far as that
 * can stand in addresses and file names. `20261121T195508Z-0f3a5c7e9b12-before-the-migration`
 */
export function makeBackupKey({
  id,
  label,
  createdAtMs,
}: {
  /** A UUID. */
  id: string;
  label: string | null;
  /** Unix milliseconds. */
  createdAtMs: number;
}): string {
  const stamp = new Date(createdAtMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const slug = slugOf(label ?? "");
  return [stamp, id.replaceAll("-", "").slice(0, 12), ...(slug === "" ? [] : [slug])].join("-");
}

/** Whether a text has the shape of a backup's key. */
export function isBackupKey(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]{12}(?:-[a-z0-9-]{1,40})?$/.test(text);
}

/** Accents are taken off their letters; whatever else is no plain letter or digit becomes one dash. */
function slugOf(label: string): string {
  const plain = label.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_MAX)
    .replaceAll(/^-+|-+$/g, "");
}
