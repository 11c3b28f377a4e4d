import { describe, expect, test } from "vitest";
import { hasNamedPlaceholder, splitStatements } from "../../../lib/engines/sqlite/hosted/split-statements.ts";

const split = (text: string) => splitStatements(text).map(({ sql }) => sql);

describe("splitting SQL", () => {
  test("a semicolon ends a statement, the last one needs none", () => {
    expect(split("SELECT 1; SELECT 2 ;\n select 3")).toEqual(["SELECT 1;", "SELECT 2 ;", "select 3"]);
  });

  test("empty statements and comments alone are no statements", () => {
    for (const text of ["", " \n", ";;", "-- nothing", "/* nothing */ ; -- ;\n;", "/* open"]) {
      expect(split(text)).toEqual([]);
    }
  });

  test("semicolons within every kind of quote and comment end nothing", () => {
    for (const sql of [
      "SELECT 'a;b'",
      "SELECT 'it''s; so'",
      'SELECT ";"',
      "SELECT `;`",
      "SELECT [;]",
      "SELECT /* ; */ 1",
      "SELECT 1 -- ;\n+ 1",
    ]) {
      expect(split(`${sql}; SELECT 2`)).toEqual([`${sql};`, "SELECT 2"]);
    }
  });

  test("a trigger ends with END after a semicolon, not with a CASE inside", () => {
    const trigger = `CREATE /* x */ TEMPORARY TRIGGER t AFTER INSERT ON a BEGIN
      UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; -- end;
      END;`;
    expect(split(`${trigger} SELECT 2`)).toEqual([trigger, "SELECT 2"]);
    expect(split(`EXPLAIN ${trigger} SELECT 2`)).toEqual([`EXPLAIN ${trigger}`, "SELECT 2"]);
  });

  test("a table whose name begins like a keyword is no trigger", () => {
    expect(split("CREATE TABLE trigger_log(a); SELECT 1")).toEqual(["CREATE TABLE trigger_log(a);", "SELECT 1"]);
    expect(split("CREATE TABLE end(a); SELECT 1;")).toEqual(["CREATE TABLE end(a);", "SELECT 1;"]);
  });

  test("an unterminated quote reaches to the end", () => {
    expect(split("SELECT 1; SELECT 'a; SELECT 2;")).toEqual(["SELECT 1;", "SELECT 'a; SELECT 2;"]);
  });

  test("the first word is told in lower case", () => {
    expect(splitStatements("/* a */ VACUUM; (SELECT 1)").map(({ firstWord }) => firstWord)).toEqual(["vacuum", "("]);
  });
});

describe("a placeholder with a name", () => {
  test("is found", () => {
    for (const sql of ["SELECT :a", "SELECT @a", "SELECT $a", "INSERT INTO t VALUES(1,:b)"]) {
      expect(hasNamedPlaceholder(sql), sql).toBe(true);
    }
  });

  test("is none within quotes, comments and names", () => {
    for (const sql of ["SELECT ?, ?2", "SELECT ':a', \"@a\", [$a]", "SELECT a$b -- :c", "SELECT x -> '$.a' /* @d */"]) {
      expect(hasNamedPlaceholder(sql), sql).toBe(false);
    }
  });
});
