import { Displaced } from "../domain/displaced.ts";
import { LastgoodError } from "../domain/errors.ts";
import { initialise } from "../services/initialise.ts";
import type { InitialiseReport } from "./initialise.ts";

// Migrates the metadata and makes what a first start needs; its one line of output tells how that went.
async function run(): Promise<InitialiseReport> {
  try {
    return { ok: true, ...(await initialise(process.env)) };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    const { hint } = error.details;
    const isDisplaced = error instanceof Displaced;
    return {
      ok: false,
      code: error.code,
      message: error.message,
      isDisplaced,
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

process.stdout.write(`${JSON.stringify(await run())}\n`, () => process.exit(0));
