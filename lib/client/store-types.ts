/** Where backups of a namespace go, as our own REST routes answer it. Times are Unix milliseconds. */
export type BucketView = {
  id: string;
  /** Empty: AWS itself. */
  endpoint: string;
  region: string;
  bucket: string;
  /** What every key begins with; empty or ending with a slash. */
  prefix: string;
  pathStyle: boolean;
  accessKeyId: string;
  createdAtMs: number;
  createdByName: string | null;
  /** How many backups lie there. */
  backups: number;
};

/** GET /api/namespaces/:ns/store. */
export type StoreView = {
  /** What takes new backups; null: the agent's own disk. */
  bucket: BucketView | null;
  /** Those that no longer do, and still hold some. */
  former: BucketView[];
  backupsOnDisk: number;
  /** Whether new backups are sealed with a key of the operator; null: the agent does not answer. `problem`: why they cannot be. */
  sealing: { isOn: boolean; problem: string | null } | null;
};

/** A bucket as it is entered. Without `secretAccessKey` the present one's, where endpoint and access key are the same. */
export type StoreBody = {
  endpoint?: string | undefined;
  region: string;
  bucket: string;
  prefix?: string | undefined;
  pathStyle?: boolean | undefined;
  accessKeyId: string;
  secretAccessKey?: string | undefined;
};
