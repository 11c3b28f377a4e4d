const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
];

/** @type {import("next").NextConfig} */
const nextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // Their arguments hold passwords.
  logging: { serverFunctions: false },
  turbopack: { root: import.meta.dirname },
  experimental: {
    // Nobody reads them: the console runs without --enable-source-maps. They were two thirds of what a build wrote.
    turbopackSourceMaps: false,
    // A machine that builds once has nothing from a cache but the time to write it.
    turbopackFileSystemCacheForBuild: process.env.CI === undefined,
  },
  // `npm test` and `npm run verify` check the types, those of tests and benches too; a start need not wait for them.
  typescript: { ignoreBuildErrors: true },
  // Native or worker-thread packages: required at run time, never bundled.
  serverExternalPackages: [
    "better-sqlite3",
    "@prisma/adapter-better-sqlite3",
    "@prisma/adapter-pg",
    "@node-rs/argon2",
    "pg",
    "pino",
    "rate-limiter-flexible",
  ],
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default nextConfig;
