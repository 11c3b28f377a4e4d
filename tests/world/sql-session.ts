import { readFileSync } from "node:fs";
import { ForeignProgram } from "./foreign-program.ts";

/** A separate process that holds a database open and does what it is told, as somebody's own program would. */
export class SqlSession {
  readonly #program: ForeignProgram;
  readonly #file: string;

  static async open(file: string, options: readonly string[] = []): Promise<SqlSession> {
    const session = new SqlSession(file, options);
    await session.#program.next();
    return session;
  }

  private constructor(file: string, options: readonly string[]) {
    this.#file = file;
    this.#program = new ForeignProgram("sql_session.py", [file, ...options]);
  }

  async sql(...statements: string[]): Promise<void> {
    await this.#tell({ sql: statements });
  }

  /** One commit for each number from `from` to `to`; the statement has one parameter. */
  async many(statement: string, from: number, to: number): Promise<void> {
    await this.#tell({ many: statement, from, to });
  }

  /** The bytes of the state that the last commit left. */
  async copy(): Promise<Buffer> {
    const target = `${this.#file}.copy`;
    await this.#tell({ copy: target });
    return readFileSync(target);
  }

  kill(): void {
    this.#program.kill();
  }

  async #tell(what: object): Promise<void> {
    this.#program.say(JSON.stringify(what));
    const { ok, error } = await this.#program.next<{ ok: boolean; error?: string }>();
    if (!ok) throw new Error(error);
  }
}
