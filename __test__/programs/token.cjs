// The same in CommonJS: nothing is awaited at the top, so only the flight itself keeps the process alive.
const { createBaserowJwtManager } = require('../../dist/index.cjs')
const { DEFAULT_USER } = require('../../dist/testing.cjs')

const manager = createBaserowJwtManager({ baseUrl: process.env.BASEROW_URL, ...DEFAULT_USER })
manager.getToken().then(console.log)
