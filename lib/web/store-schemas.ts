import { z } from "zod";

const line = (what: string, most: number) =>
  z
    .string()
    .trim()
    .min(1, `Give ${what}.`)
    .max(most, `At most ${most} characters.`)
    .regex(/^[\x21-\x7e]+$/, "Printable characters without spaces.");

/** A bucket of S3 or of a server that speaks its protocol. An empty endpoint is AWS itself. */
export const storeBodySchema = z.strictObject({
  endpoint: z
    .union([
      z.literal(""),
      z.url({ protocol: /^https?$/, error: "An http or https address, as https://s3.example.com." }).max(500),
    ])
    .optional(),
  region: line("the region", 64),
  bucket: line("the bucket's name", 255),
  prefix: z
    .string()
    .trim()
    .max(200, "At most 200 characters.")
    .regex(
      /^(?:[A-Za-z0-9][A-Za-z0-9._=-]*(?:\/[A-Za-z0-9][A-Za-z0-9._=-]*)*\/?)?$/,
      "Names joined by slashes, as lastgood/prod/.",
    )
    .optional(),
  pathStyle: z.boolean().optional(),
  accessKeyId: line("the access key ID", 255),
  secretAccessKey: z.string().max(500).optional(),
});
