import { onDue } from './mail'

/** Whoever renews when the native side says that it is time. */
export interface Reminded {
  /** `accounts` are those of a pool; a manager has but one. */
  remind(accounts: string[]): void
}

/** By the numbers of their letters. None is kept alive here. */
const reminded = new Map<number, WeakRef<Reminded>>()

const collected = new FinalizationRegistry<number>((number) => reminded.delete(number))

/** Has `who` reminded of what is due, until it is collected. */
export function remind(number: number, who: Reminded): void {
  reminded.set(number, new WeakRef(who))
  collected.register(who, number)
}

onDue((number, accounts) => reminded.get(number)?.deref()?.remind(accounts))
