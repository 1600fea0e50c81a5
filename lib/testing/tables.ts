import { failure, json, NOT_AUTHENTICATED, PERMISSION_DENIED } from './answers'
import { authenticate } from './authentication'
import type { Handler } from './exchange'

const NOT_IN_WORKSPACE = failure(400, 'ERROR_USER_NOT_IN_GROUP', '')
const NO_SUCH_DATABASE = failure(404, 'ERROR_APPLICATION_DOES_NOT_EXIST', 'The requested application does not exist.')
const NO_SUCH_TABLE = failure(404, 'ERROR_TABLE_DOES_NOT_EXIST', 'The requested table does not exist.')

const TABLES = json(200, '[{"id":1,"name":"People","order":1,"database_id":1,"data_sync":null}]')
const VIEWS = json(200, [
  {
    id: 1,
    table_id: 1,
    name: 'Grid',
    order: 1,
    type: 'grid',
    table: { id: 1, order: 1, name: 'People', database_id: 1 },
    filter_type: 'AND',
    filters_disabled: false,
    public_view_has_password: false,
    show_logo: true,
    ownership_type: 'collaborative',
    owned_by_id: 1,
  },
])

/** `GET /api/database/tables/database/{id}/` (contract §4). */
export const listTables: Handler = (backend, exchange) => {
  const caller = authenticate(backend, exchange)
  if (caller === 'nobody') return NOT_AUTHENTICATED
  if ('refusal' in caller) return caller.refusal
  if (idIn(exchange.path) !== 1) return NO_SUCH_DATABASE
  return caller.account.member ? TABLES : NOT_IN_WORKSPACE
}

/** `GET /api/database/views/table/{id}/` (contract §4): it lets strangers in, and only then asks for a permission. */
export const listViews: Handler = (backend, exchange) => {
  const caller = authenticate(backend, exchange)
  if (caller !== 'nobody' && 'refusal' in caller) return caller.refusal
  const unknown = idIn(exchange.path) === 1 ? undefined : NO_SUCH_TABLE
  if (caller === 'nobody') {
    // The endpoint was closed to strangers in the old versions
    return backend.settings.dialect === 'modern' ? (unknown ?? PERMISSION_DENIED) : NOT_AUTHENTICATED
  }
  return unknown ?? (caller.account.member ? VIEWS : NOT_IN_WORKSPACE)
}

function idIn(path: string): number {
  return Number(/(\d+)\/$/.exec(path)?.[1])
}
