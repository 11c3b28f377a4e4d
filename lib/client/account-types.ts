/** One signed-in browser of somebody's own. */
export type SessionView = {
  id: string;
  /** The browser that asks. */
  isThis: boolean;
  address: string | null;
  userAgent: string | null;
  createdAtMs: number;
  lastSeenMs: number | null;
};

/** Somebody's own account, as its page shows it. */
export type AccountView = {
  email: string;
  createdAtMs: number;
  /** Since when a second factor is asked for; null while there is none. */
  secondFactorSinceMs: number | null;
  recoveryCodesLeft: number;
  /** The latest first; this one before all. */
  sessions: SessionView[];
};

/** A second factor that waits for its first code. Shown once. */
export type SecondFactorOffer = {
  /** Base32, for those who cannot scan. */
  secret: string;
  /** otpauth://… */
  uri: string;
  /** The code to scan: the path of its dark modules in a square of `size` units. */
  picture: { size: number; path: string };
};
