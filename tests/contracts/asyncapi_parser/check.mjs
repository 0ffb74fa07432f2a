// Prints what the official parser finds at fault in each of several AsyncAPI files: [[severity, code, message, path], ...];
// 0 is an error. All in one process, since the parser takes long to start.
import { Parser, fromFile } from '@asyncapi/parser';
const found = [];
for (const file of process.argv.slice(2)) {
  const { diagnostics } = await fromFile(new Parser(), file).parse();
  found.push(diagnostics.map((d) => [d.severity, d.code, d.message, d.path.join('.')]));
}
console.log(JSON.stringify(found));
