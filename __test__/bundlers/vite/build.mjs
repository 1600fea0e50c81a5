// `node build.mjs <project> <output> external|page`: what runs on a server Vite leaves in node_modules by itself.
import { join } from 'node:path'
import { build } from 'vite'

const [, , project, output, way] = process.argv
const page = { rolldownOptions: { input: join(project, 'page.mjs'), output: { entryFileNames: 'page.mjs' } }, target: 'es2022', modulePreload: false }
const service = { ssr: join(project, 'service.mjs'), target: 'node20', rolldownOptions: { output: { entryFileNames: 'service.mjs' } } }
await build({
  root: project,
  configFile: false,
  logLevel: 'warn',
  // Wherever the page will be.
  base: './',
  build: { outDir: output, ...(way === 'page' ? page : service) },
})
