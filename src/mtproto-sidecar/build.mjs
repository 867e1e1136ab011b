// One bundle that runs on node alone: dist/sidecar.cjs. With --tests FOLDER, the tests of that folder instead: dist/FOLDER/*.test.cjs.
import { readdirSync } from 'node:fs'
import { build } from 'esbuild'

const [, , flag, folder] = process.argv
const tests = flag === '--tests'
await build({
  entryPoints: tests ? readdirSync(folder).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`) : { sidecar: 'src/main.ts' },
  outdir: tests ? `dist/${folder}` : 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: !tests,
  keepNames: true,
  legalComments: 'none',
  loader: { '.wasm': 'binary' },
  // The library names its wasm files relative to import.meta; ours are in the bundle (src/telegram/crypto.ts).
  logOverride: { 'empty-import-meta': 'silent' },
})
