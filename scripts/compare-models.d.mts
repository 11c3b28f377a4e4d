/** The SQL that a provider's migrations lack of the models; null when they agree. `url` is an empty database of PostgreSQL. */
export function missingSql(provider: "sqlite" | "postgres", url?: string, folder?: string): Promise<string | null>;
