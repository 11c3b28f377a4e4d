import ts from "typescript";
import type { ProjectFile } from "./project-files.ts";

/** One import, export-from or import() of a file. */
export type SourceImport = { specifier: string; typeOnly: boolean; line: number };

const parsed = new WeakMap<ProjectFile, ts.SourceFile>();

/** The file's syntax tree; parsed once. */
export function syntaxOf(file: ProjectFile): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const kind = file.path.endsWith("x")
    ? ts.ScriptKind.TSX
    : file.path.endsWith(".mjs")
      ? ts.ScriptKind.JS
      : ts.ScriptKind.TS;
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true, kind);
  parsed.set(file, tree);
  return tree;
}

/** Visits every node of a file. */
export function visitNodes(file: ProjectFile, visit: (node: ts.Node, line: number) => void): void {
  const tree = syntaxOf(file);
  const step = (node: ts.Node): void => {
    visit(node, tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1);
    ts.forEachChild(node, step);
  };
  step(tree);
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    !clause.name && named !== undefined && ts.isNamedImports(named) && named.elements.every((one) => one.isTypeOnly)
  );
}

const imports = new WeakMap<ProjectFile, readonly SourceImport[]>();

/** Everything that a file imports, wherever in it that stands; looked for once, since every process's rule asks for it. */
export function importsOf(file: ProjectFile): readonly SourceImport[] {
  const known = imports.get(file) ?? findImports(file);
  imports.set(file, known);
  return known;
}

function findImports(file: ProjectFile): SourceImport[] {
  const found: SourceImport[] = [];
  visitNodes(file, (node, line) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause), line });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly, line });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) found.push({ specifier: argument.text, typeOnly: false, line });
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      found.push({ specifier: node.argument.literal.text, typeOnly: true, line });
    }
  });
  return found;
}

/** Project path that a relative import leads to, or null for a package. */
export function resolveImport(from: string, specifier: string): string | null {
  return specifier.startsWith(".") ? new URL(specifier, new URL(from, "file:///")).pathname.slice(1) : null;
}
