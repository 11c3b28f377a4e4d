import { metadata } from "../../../../lib/db/client.ts";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { createFirstOwner } from "../../../../lib/services/auth/create-first-owner.ts";
import { initialise } from "../../../../lib/services/initialise.ts";
import { openMetadataWorld } from "../../services/open-metadata-world.ts";

const origin = { requestId: "r", address: "192.0.2.9", userAgent: null };

async function setUp(setupToken: string, email: string): Promise<string> {
  try {
    await createFirstOwner(origin, {
      setupToken,
      owner: { email, password: "long enough, this", namespace: email.slice(0, 3) },
    });
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

/** Case 17: the set-up needs the token of the latest start, counts once, and is over afterwards, restart or not. */
export async function attack(): Promise<string | null> {
  const world = await openMetadataWorld();
  try {
    const older = world.setupToken;
    const { setupUrl } = await initialise();
    const token = new URL(setupUrl ?? "").searchParams.get("token") ?? "";
    for (const wrong of ["", "lgs_x", older]) {
      if ((await setUp(wrong, "wrong@a.example")) !== "forbidden") return `the token "${wrong.slice(0, 8)}" set it up`;
    }
    const race = await Promise.all(
      ["one@a.example", "two@a.example", "six@a.example"].map((email) => setUp(token, email)),
    );
    const owners = await metadata().user.count();
    if (owners !== 1) return `${owners} owners came of one token: ${race.join(", ")}`;
    if ((await setUp(token, "late@a.example")) !== "forbidden") return "the token counts again";
    return (await initialise()).setupUrl === null ? null : "a restart opens the set-up again";
  } finally {
    await world.close();
  }
}
