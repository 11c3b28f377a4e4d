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
