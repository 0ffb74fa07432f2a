// Faults of the files named, as JSON: for each file a list of [severity, line, message]; 1 is an error, 2 a warning.
import { readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";

const found = process.argv.slice(2).map((path) =>
  validate(readFileSync(path, "utf8")).map(({ severity, range, message }) => [severity, range.start.line + 1, message]),
);
process.stdout.write(JSON.stringify(found));
