import { LineProgram } from "./line-program.ts";

/** Which file systems lose their power, and which process groups die before and after. */
export type Cut = { mounts: readonly string[]; first: readonly number[]; last: readonly number[] };

/** The one who cuts: a program that stays, so that no time passes between the decision and the cut. */
export class PowerSwitch {
  readonly #program = LineProgram.python("power_switch.py");

  async cut(cut: Cut): Promise<void> {
    const { error } = await this.#program.ask<{ ok?: boolean; error?: string }>(cut);
    if (error) throw new Error(`the power could not be cut: ${error}`);
  }

  end(): void {
    this.#program.end();
  }
}
