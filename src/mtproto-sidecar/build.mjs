// One bundle that runs on node alone: dist/sidecar.cjs. With --tests, the tests instead (dist/tests).
import { readdirSync } from 'node:fs'
import { build } from 'esbuild'

const tests = process.argv.includes('--tests')
await build({
  entryPoints: tests ? readdirSync('test').map((name) => `test/${name}`) : { sidecar: 'src/main.ts' },
  outdir: tests ? 'dist/tests' : 'dist',
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
