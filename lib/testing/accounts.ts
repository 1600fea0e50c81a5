import { createHash } from 'node:crypto'
import type { TestUser } from './options'
import { isEmailAddress, normaliseEmail, trim } from './text'

/** One user of the server. */
export class Account {
  readonly id: number
  readonly email: string
  readonly staff: boolean
  readonly totpSingleUse: boolean
  readonly backupCodes: Set<string>
  /** signs file downloads in the real one (contract §1, since 1.25.2); here only its looks matter */
  readonly userSession: string
  password: string
  active: boolean
  member: boolean
  totp: string | undefined
  lastTotp: string | undefined
  deletionScheduled = false
  /** by the server's clock, in milliseconds */
  passwordChangedAt = 0
  /** tokens up to this serial number were issued before the last password change */
  lastOldSerial = 0
  #emailVerified: boolean
  #profile: string | undefined

  constructor(id: number, user: TestUser) {
    this.id = id
    this.email = normaliseEmail(user.email)
    this.password = trim(user.password)
    this.active = user.active ?? true
    this.totp = user.totp
    this.totpSingleUse = user.totpSingleUse ?? false
    this.backupCodes = new Set(user.backupCodes)
    this.#emailVerified = user.emailVerified ?? true
    this.staff = user.staff ?? false
    this.member = user.member ?? true
    const seal = createHash('sha256').update(`user session of ${this.email}`).digest('base64url')
    this.userSession = `${Buffer.from(JSON.stringify({ user_id: id })).toString('base64url')}:1vNpQk:${seal}`
  }

  get emailVerified(): boolean {
    return this.#emailVerified
  }

  set emailVerified(verified: boolean) {
    this.#emailVerified = verified
    this.#profile = undefined
  }

  /** The part of an answer that describes the user, as JSON members (contract §1); kept, since it is most of a login's bytes. */
  get profile(): string {
    return (this.#profile ??= this.#describe())
  }

  /** What the answers of 1.12 and before say of the user. */
  get legacyUser(): object {
    return { first_name: this.#firstName, username: this.email, is_staff: this.staff, id: this.id }
  }

  get #firstName(): string {
    const name = this.email.slice(0, this.email.indexOf('@'))
    return name.charAt(0).toUpperCase() + name.slice(1)
  }

  #describe(): string {
    const user = {
      first_name: this.#firstName,
      username: this.email,
      is_staff: this.staff,
      id: this.id,
      language: 'en',
      email_notification_frequency: 'instant',
      email_verified: this.#emailVerified,
      completed_onboarding: false,
      completed_guided_tours: [],
    }
    const rest = {
      permissions: permissionsOf(this),
      user_notifications: { unread_count: 0 },
      active_licenses: { instance_wide: {}, per_workspace: {} },
    }
    return `"user":${JSON.stringify(user)},${JSON.stringify(rest).slice(1, -1)}`
  }
}

/** All users of one server. */
export class Accounts {
  readonly #byEmail = new Map<string, Account>()
  readonly #byId = new Map<unknown, Account>()
  #lastId = 0

  add(user: TestUser): Account {
    if (!isEmailAddress(trim(user.email))) throw new TypeError(`not an e-mail address: ${JSON.stringify(user.email)}`)
    if (trim(user.password) === '') throw new TypeError(`the password of ${user.email} is blank`)
    const account = new Account(this.#lastId + 1, user)
    if (this.#byEmail.has(account.email)) throw new Error(`there is a user ${account.email} already`)
    this.#lastId = account.id
    this.#byEmail.set(account.email, account)
    this.#byId.set(account.id, account)
    return account
  }

  remove(account: Account): void {
    this.#byEmail.delete(account.email)
    this.#byId.delete(account.id)
  }

  /** The user with this address, normalised already. */
  at(email: string): Account | undefined {
    return this.#byEmail.get(email)
  }

  /** The user that a `user_id` claim names. */
  withId(id: unknown): Account | undefined {
    return this.#byId.get(id)
  }
}

// A real answer is 2.5 kB, most of it this list (contract §1); a client must be able to read past it.
function permissionsOf(account: Account): object[] {
  const forStaff = ['settings', 'users', 'licenses', 'auth_providers', 'workspaces', 'audit_log', 'dashboard', 'templates']
  const rights = ['list', 'create', 'read', 'update', 'delete', 'export']
  return [
    { name: 'view_ownership', permissions: {} },
    { name: 'core', permissions: ['list_workspaces', 'list_applications', 'read_settings'] },
    { name: 'setting_operation', permissions: { create_workspace: true, import_workspace: true } },
    {
      name: 'staff',
      permissions: {
        staff_only_operations: forStaff.flatMap((what) => rights.map((right) => `${what}.${right}`)),
        is_staff: account.staff,
      },
    },
    { name: 'allow_if_template', permissions: { allowed_operations_on_templates: rights.map((right) => `rows.${right}`) } },
  ]
}
