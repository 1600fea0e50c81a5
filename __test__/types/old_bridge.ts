// A program as it was written against the pure-TypeScript class: only its import was changed. It must compile under
// `tsc --strict` and run as it is (`types.spec.ts` does both).
import type { BaserowJwtManager } from 'tokenkeep'
import { BaserowAuthError, BaserowJwtManagerDisabled, BaserowJwtManagerImpl, createBaserowJwtManager } from 'tokenkeep'

interface BridgeLogger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
  child(bindings: object): BridgeLogger
}

const logger: BridgeLogger = {
  debug: () => {},
  info: (fields, message) => console.log('info', Object.keys(fields).length > 0, message),
  warn: (_, message) => console.log('warn', message),
  error: (_, message) => console.log('error', message),
  child: () => logger,
}

class MetadataClient {
  private readonly jwt: BaserowJwtManager

  constructor(
    private readonly baseUrl: string,
    jwt: BaserowJwtManager,
  ) {
    this.jwt = jwt
  }

  async listTables(databaseId: number): Promise<number> {
    if (!this.jwt.isEnabled()) return 503
    const token = await this.jwt.getToken()
    const response = await fetch(`${this.baseUrl}/database/tables/database/${databaseId}/`, {
      headers: { Authorization: `JWT ${token}` },
    })
    return response.status
  }
}

async function main(): Promise<void> {
  const baseUrl = process.env.BASEROW_URL ?? ''
  const email: string | undefined = process.env.BASEROW_USER_EMAIL
  const password: string | undefined = process.env.BASEROW_USER_PASSWORD

  const manager: BaserowJwtManager = createBaserowJwtManager({ baseUrl, email, password, refreshMarginSeconds: 60, logger })
  console.log('enabled', manager.isEnabled(), manager instanceof BaserowJwtManagerImpl)
  console.log('tables', await new MetadataClient(baseUrl, manager).listTables(1))

  const disabled = createBaserowJwtManager({ baseUrl, email: undefined, password: undefined })
  console.log('disabled', disabled instanceof BaserowJwtManagerDisabled)
  try {
    await disabled.getToken()
  } catch (error) {
    if (error instanceof BaserowAuthError) console.log('caught', error.name, error.statusCode, error.message)
  }

  const rejected = new BaserowJwtManagerImpl({ baseUrl, email: email ?? 'x', password: 'wrong', logger })
  try {
    await rejected.getToken()
  } catch (error) {
    if (!(error instanceof BaserowAuthError)) throw error
    console.log('caught', error.statusCode, error.message.split(' (')[0])
  }

  const stub: BaserowJwtManager = { getToken: async () => 'stubbed', isEnabled: () => true }
  console.log('stub', await stub.getToken(), new BaserowAuthError('own', 418).statusCode)
}

void main()
