// One bundle that runs on node alone: dist/sidecar.cjs, with the licences of what is in it beside it (dist/sidecar.licences.txt).
// With --tests FOLDER, the tests of that folder instead: dist/FOLDER/*.test.cjs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const [, , flag, folder] = process.argv
const tests = flag === '--tests'
const { metafile } = await build({
  entryPoints: tests ? readdirSync(folder).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`) : { sidecar: 'src/main.ts' },
  outdir: tests ? `dist/${folder}` : 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node18',
  format: 'cjs',
  minify: !tests,
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  loader: { '.wasm': 'binary' },
  // The library names its wasm files relative to import.meta; ours are in the bundle (src/telegram/crypto.ts).
  logOverride: { 'empty-import-meta': 'silent' },
})

if (!tests) {
  const packages = new Set(Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
  const licences = [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'))
    const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry))
    return `${name} ${version}: ${license}\n\n${file === undefined ? '' : readFileSync(`${path}/${file}`, 'utf8')}\n`
  })
  writeFileSync('dist/sidecar.licences.txt', licences.join('\n'))
}
