// Writes src/generated/graphql.ts: a typed document for each operation in src/**/*.graphql,
// checked against the schema that the examples make (schema/schema.graphql).
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { codegen } from "@graphql-codegen/core";
import * as documentsPlugin from "@graphql-codegen/typed-document-node";
import * as operationsPlugin from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";

const root = join(import.meta.dirname, "..");
const target = join(root, "src/generated/graphql.ts");
const schemaText = readFileSync(join(root, "../schema/schema.graphql"), "utf8");

const documents = readdirSync(join(root, "src"), { recursive: true })
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((name) => ({
    location: name,
    document: parse(readFileSync(join(root, "src", name), "utf8")),
  }));

const text = await codegen({
  filename: target,
  schema: parse(schemaText),
  schemaAst: buildSchema(schemaText),
  documents,
  config: {
    scalars: {
      ID: "string",
      BigInt: "number",
      Cursor: "string",
      DateTime: "string",
      Duration: "string",
      FileRef: "string",
    },
    enumsAsTypes: true,
    useTypeImports: true,
  },
  plugins: [{ operationsPlugin: {} }, { documentsPlugin: {} }],
  pluginMap: { operationsPlugin, documentsPlugin },
});

mkdirSync(join(root, "src/generated"), { recursive: true });
writeFileSync(target, `// Made by \`npm run generate\`.\n${text}\n`);
