#!/usr/bin/env node
// Stands where Prisma's command line expects its native schema engine, which not every machine can fetch. Generating the
// client needs none of it; whatever does is refused loudly, since an engine that answers nothing looks like success.
if (process.argv.includes("--version")) {
  process.stdout.write("schema-engine none\n");
} else {
  process.stderr.write(
    "There is no native schema engine here. Write migrations with: node scripts/new-migration.mjs <name>\n",
  );
  process.exitCode = 1;
}
