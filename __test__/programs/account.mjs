// The account that every program here uses: the embedded server's default user, at the server that the spec names.
import { DEFAULT_USER } from '../../dist/testing.mjs'

export const account = { baseUrl: process.env.BASEROW_URL, ...DEFAULT_USER }
