import {
  createDatabaseSchema,
  labelBodySchema,
  undeleteBodySchema,
  updateDatabaseSchema,
} from "../../../../lib/web/api-schemas.ts";

const NAMES = [
  "; id",
  "$(id)",
  "`id`",
  "-Fp",
  "--help",
  "a\nb",
  "a\n",
  "a\0b",
  "../shop",
  "a/b",
  "a b",
  "a'b",
  "|id",
  "&",
];
const LABELS = [
  "a\r\nSet-Cookie: x=1",
  "a\nb",
  "a\0b",
  "\u001b[2Jgone",
  "a\u202egpj.exe",
  "a\u2066b",
  "a\u200bb",
  "a\u2028b",
  "a\ufeffb",
];

/** What routes and server actions read a database's name with. */
const takesName = {
  creating: (name: string) => createDatabaseSchema.safeParse({ name, engine: "sqlite" }).success,
  renaming: (name: string) => updateDatabaseSchema.safeParse({ name }).success,
  "bringing back": (name: string) => undeleteBodySchema.safeParse({ name }).success,
};

/** Cases 26 and 32: neither a database nor a restore point is called what a shell, a header or an eye takes for something else. */
export async function attack(): Promise<string | null> {
  for (const [how, takes] of Object.entries(takesName)) {
    if (!takes("shop-2.eu_x")) return `${how} refuses a good name`;
    for (const name of NAMES) if (takes(name)) return `${how} took the name ${JSON.stringify(name)}`;
  }
  const takesLabel = (label: string) => labelBodySchema.safeParse({ label }).success;
  if (!takesLabel("before v3 – größer")) return "a good label is refused";
  for (const label of LABELS) if (takesLabel(label)) return `the label ${JSON.stringify(label)} was taken`;
  return null;
}
