import ts from "typescript";
import { type Complaint, isCode, type Rule } from "./project-files.ts";
import { visitNodes } from "./source-imports.ts";

/** `any` switches the compiler off. */
export const typesAreTold: Rule = (files) =>
  files.filter(isCode).flatMap((file) => {
    const complaints: Complaint[] = [];
    visitNodes(file, (node, line) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) complaints.push({ path: file.path, says: `line ${line} uses any` });
    });
    return complaints;
  });

/** A catch that does nothing must at least say why that is right. */
export const noErrorVanishes: Rule = (files) =>
  files.filter(isCode).flatMap((file) => {
    const complaints: Complaint[] = [];
    visitNodes(file, (node, line) => {
      if (!ts.isCatchClause(node) || node.block.statements.length > 0) return;
      if (!/\/[/*]/.test(node.block.getText()))
        complaints.push({ path: file.path, says: `line ${line} swallows an error` });
    });
    return complaints;
  });

/** What one machine writes down and another goes by when it removes something for good is told by the store's clock. */
export const graceGoesByTheStore: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith("lib/"))
    .flatMap(({ path, text }) =>
      /(purgeTimeOf\(|purgeAfterMs: )nowMs\(\)|buryDatabase\([^;]*nowMs\(\)/.test(text) ||
      (text.includes("purgeTimeOf(") && text.includes("= nowMs()"))
        ? [{ path, says: "reckons a grace period from its own machine's clock: take storeNowMs" }]
        : [],
    );
