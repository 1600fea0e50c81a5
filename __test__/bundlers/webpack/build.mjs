// `node build.mjs <project> <output> external|bundled|page`
import { join } from 'node:path'
import webpack from 'webpack'

const [, , project, output, way] = process.argv
const page = {
  mode: 'production',
  target: 'web',
  context: project,
  entry: './page.mjs',
  output: { path: output, filename: 'page.mjs', module: true, chunkFormat: 'module' },
  experiments: { outputModule: true },
  // It has been, and to do so takes most of the time.
  optimization: { minimize: false },
}
const service = {
  mode: 'production',
  target: 'node20',
  context: project,
  entry: './service.mjs',
  // The place of the addon is told from that of the program: without a public path it is beside it.
  output: { path: output, filename: 'service.mjs', module: true, chunkFormat: 'module', publicPath: '' },
  experiments: { outputModule: true },
  ...(way === 'external'
    ? { externals: [/^tokenkeep(\/|$)/], externalsType: 'module' }
    : {
        module: { rules: [{ test: /\.node$/, loader: 'node-loader' }] },
        resolveLoader: { modules: [join(import.meta.dirname, '..', 'node_modules')] },
      }),
}
webpack(way === 'page' ? page : service, (error, stats) => {
  if (error) throw error
  console.log(stats.toString({ colors: false }))
  if (stats.hasErrors()) process.exitCode = 1
})
