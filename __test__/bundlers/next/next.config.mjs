export default {
  output: 'standalone',
  serverExternalPackages: ['tokenkeep'],
}
