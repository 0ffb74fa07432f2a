// `node build.mjs OUT`: every script and style of the portal, minified, under names that hold a digest of the content.
import { build } from "esbuild"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { brotliCompressSync, gzipSync } from "node:zlib"

const out = process.argv[2]
const entries = ["css", "js"].flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("_"))
    .map((entry) => join(folder, entry.name)),
)
const { metafile } = await build({
  entryPoints: entries,
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file", ".woff2": "file" },
  metafile: true,
  logLevel: "warning",
})
const names = Object.entries(metafile.outputs)
  .filter(([, output]) => output.entryPoint)
  .map(([path, output]) => [basename(output.entryPoint), basename(path)])
// Packed once here rather than for each reader. Fonts and pictures are packed already.
for (const path of Object.keys(metafile.outputs)) {
  if (!/\.(css|js|svg)$/.test(path)) continue
  const content = readFileSync(path)
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(content))
}
// Written last: where it stands, everything stands.
writeFileSync(join(out, "manifest.json"), JSON.stringify(Object.fromEntries(names), null, 1))
