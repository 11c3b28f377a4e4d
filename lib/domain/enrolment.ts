import { z } from "zod";

/** How long a token of an enrolment is good. */
export const ENROLMENT_LASTS_MS = 3_600_000;

/** A region's name, as LASTGOOD_REGION and the enrolment of an agent give it. */
export const regionSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    "A region is a name of at most 40 small letters, digits and hyphens.",
  );

const folder = z.string().min(1).max(1000);
/** 32 bytes in base64url. */
const bytes32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "Here are 43 characters of base64url.");

/** What a machine tells of itself when it enrols. */
export const machineFactsSchema = z.strictObject({
  machineId: z.uuid(),
  hostName: z.string().min(1).max(255),
  socketPath: folder,
  /** Where it will keep hosted files and hosted clusters. */
  hosted: folder,
  clusters: folder,
});
export type MachineFacts = z.infer<typeof machineFactsSchema>;

/** A machine asks to become an agent. The token itself is never sent: `proof` is made of it. */
export const enrolmentRequestSchema = z.strictObject({
  enrolmentId: z.uuid(),
  /** X25519. */
  publicKey: bytes32,
  machine: machineFactsSchema,
  /** HMAC-SHA-256 of the rest. */
  proof: z.string().regex(/^[0-9a-f]{64}$/, "Here are 64 hex digits."),
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;

/** `sealed`: `Enrolled` as JSON, encrypted for who has the token. */
export const enrolmentAnswerSchema = z.strictObject({ publicKey: bytes32, sealed: z.string().max(10_000) });
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswerSchema>;

/** What an enrolled machine keeps in its data directory. */
export const enrolledSchema = z.strictObject({
  agentId: z.uuid(),
  region: z.string(),
  /** base64url. */
  agentKey: bytes32,
  /** The installation's secret. */
  secret: z.string().min(32),
  /** How many databases it took over. */
  databases: z.number().int(),
});
export type Enrolled = z.infer<typeof enrolledSchema>;
