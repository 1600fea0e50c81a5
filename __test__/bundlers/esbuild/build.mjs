// `node build.mjs <project> <output> external|bundled|page`
import { build } from 'esbuild'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'

const [, , project, output, way] = process.argv
if (way === 'page') await page()
else await service()

function service() {
  return build({
    entryPoints: [join(project, 'service.mjs')],
    outfile: join(output, 'service.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    ...(way === 'external'
      ? { external: ['tokenkeep'] }
      : {
          loader: { '.node': 'copy' },
          // In an ES module there is no `require`, by which addons are loaded.
          banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
        }),
  })
}

async function page() {
  await build({ entryPoints: [join(project, 'page.mjs')], outfile: join(output, 'page.mjs'), bundle: true, platform: 'browser', format: 'esm', target: 'es2022' })
  // It knows nothing of what a module fetches from beside itself.
  copyFileSync(join(project, 'node_modules/tokenkeep/dist/wasm/tokenkeep.wasm'), join(output, 'tokenkeep.wasm'))
}
