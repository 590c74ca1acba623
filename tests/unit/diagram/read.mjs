// Reads a flowchart with Mermaid itself; says what kind it is, or what is wrong.
//   node read.mjs FOLDER_OF_MERMAID CHART
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chart] = process.argv.slice(2);
const at = createRequire(`${folder}/package.json`);
const { JSDOM } = at("jsdom");
const page = new JSDOM("");
globalThis.window = page.window;
globalThis.document = page.window.document;
const place = at.resolve("mermaid/package.json").replace("package.json", "dist/mermaid.core.mjs");
const { default: mermaid } = await import(pathToFileURL(place));
try {
  const read = await mermaid.parse(readFileSync(chart, "utf8"));
  console.log(read.diagramType);
} catch (fault) {
  console.log(fault.message);
  process.exitCode = 1;
}
