// The WebAssembly build behind the very classes that the addon has: `lib/native.ts` does not know one from the other.
import type {
  NativeAnswer,
  NativeCensus,
  NativeDemand,
  NativeDeparture,
  NativeEnrolment,
  NativeHttp,
  NativeLetter,
  NativeLook,
  NativeOptions,
  NativePatience,
  NativePlace,
  NativePoolLook,
  NativeProvider,
  NativeScoped,
  NativeStatus,
  NativeWhose,
} from '../../binding'
import { type Core, inside, insideOr } from './instance'
import * as machine from './machine'
import * as mail from './mail'
import { timersLast } from './requests'
import { read, write } from './shapes'

export { compiledBy } from './instance'

/** There are no files and no sockets behind it. */
export const isWasm = true

type Held = InstanceType<Core['NativeManager']>

/** Nothing is to be had, and nothing to be expected. */
const NOTHING: NativeLook = { generation: 0, freshForMs: 0, lookInMs: 0, due: false }

export class NativeEnvironment {
  constructor(wake: () => void) {
    machine.onMail(wake)
  }

  collect(): NativeLetter[] {
    return mail.collect()
  }

  answer(question: number, answer: NativeAnswer): boolean {
    return insideOr(false, (core) => core.answer(question, write(answer)))
  }

  decline(question: number): void {
    insideOr(undefined, (core) => core.decline(question))
  }

  cells(block: number): Int32Array | null {
    return machine.blockAt(block)
  }

  hold(held: boolean): void {
    machine.hold(held)
  }

  probe(number: number): void {
    // A cell is only as good as the timer that closes the path past it.
    if (timersLast()) machine.writeCell(0, number)
  }
}

export class NativeManager {
  readonly #held: Held
  /** By which number letters name it. */
  #number = -1

  constructor(environment: NativeEnvironment, options: NativeOptions, provider: NativeProvider)
  constructor(held: Held)
  constructor(held: NativeEnvironment | Held, options?: NativeOptions, provider?: NativeProvider) {
    this.#held = held instanceof NativeEnvironment ? inside((core) => new core.NativeManager(write(options), write(provider))) : held
  }

  place(): NativePlace {
    const place = inside(() => read<NativePlace>(this.#held.place()))
    this.#number = place.manager
    return place
  }

  account(): string {
    return inside(() => this.#held.account())
  }

  whose(): NativeWhose {
    return inside(() => read(this.#held.whose()))
  }

  look(known: number): NativeLook {
    return insideOr(NOTHING, () => read(this.#held.look(known)))
  }

  renew(operation: number, demand: NativeDemand, fallback?: string | null): NativeDeparture {
    return this.#begun(operation, { brought: false }, () => read(this.#held.renew(operation, write(demand), fallback)))
  }

  invalidate(token?: string | null): boolean {
    return insideOr(false, () => this.#held.invalidate(token))
  }

  invalidateStored(operation: number, token?: string | null): void {
    this.#begun(operation, undefined, () => this.#held.invalidateStored(operation, token))
  }

  replaceProvider(operation: number, provider: NativeProvider, patience: NativePatience): void {
    this.#begun(operation, undefined, () => this.#held.replaceProvider(operation, write(provider), write(patience)))
  }

  scoped(scope: string): NativeScoped {
    return inside(() => read(this.#held.scoped(scope)))
  }

  refuseScope(scope: string): NativeScoped {
    return inside(() => read(this.#held.refuseScope(scope)))
  }

  letGo(): void {
    insideOr(undefined, () => this.#held.letGo())
  }

  restore(operation: number): void {
    this.#begun(operation, undefined, () => this.#held.restore(operation))
  }

  importTokens(operation: number, text: string): void {
    this.#begun(operation, undefined, () => this.#held.importTokens(operation, text))
  }

  exportTokens(operation: number): void {
    this.#begun(operation, undefined, () => this.#held.exportTokens(operation))
  }

  logout(operation: number): void {
    this.#begun(operation, undefined, () => this.#held.logout(operation))
  }

  close(operation: number): void {
    this.#begun(operation, undefined, () => this.#held.close(operation))
  }

  status(): NativeStatus {
    return inside(() => read(this.#held.status()))
  }

  /** Has a pool give it another account. */
  seated(sit: (held: Held) => boolean): boolean {
    return sit(this.#held)
  }

  /** Begins an operation, whose end is told even if the core dies of it. */
  #begun<T>(operation: number, otherwise: T, begin: () => T): T {
    mail.began(this.#number, operation)
    try {
      return insideOr(otherwise, begin)
    } catch (refused) {
      mail.ended(this.#number, operation)
      throw refused
    }
  }
}

export class NativePool {
  readonly #held: InstanceType<Core['NativePool']>

  constructor(_: NativeEnvironment, options: NativeOptions, capacity: number, logins: number) {
    this.#held = inside((core) => new core.NativePool(write(options), capacity, logins))
  }

  number(): number {
    return inside(() => this.#held.number())
  }

  note(id: string): number | null {
    return inside(() => this.#held.note(id)) ?? null
  }

  enrol(id: string, enrolment: NativeEnrolment): void {
    inside(() => this.#held.enrol(id, write(enrolment)))
  }

  manager(id: string, hasTotp: boolean, patience: NativePatience, isUsed: boolean): NativeManager | null {
    const held = inside(() => this.#held.manager(id, hasTotp, write(patience), isUsed))
    return held === undefined ? null : new NativeManager(held)
  }

  seat(manager: NativeManager, id: string, hasTotp: boolean, patience: NativePatience, isUsed: boolean): boolean {
    return manager.seated((held) => inside(() => this.#held.seat(held, id, hasTotp, write(patience), isUsed)))
  }

  look(id: string, known: number, watched: boolean): NativePoolLook | null {
    const look = insideOr('null', () => this.#held.look(id, known, watched))
    return look === 'null' ? null : read(look)
  }

  glance(id: string, known: number): number {
    return insideOr(-1, () => this.#held.glance(id, known))
  }

  peek(id: string): string | null {
    return insideOr(undefined, () => this.#held.peek(id)) ?? null
  }

  unwatch(numbers: number[]): void {
    insideOr(undefined, () => this.#held.unwatch(Uint32Array.from(numbers)))
  }

  shrink(): boolean {
    return insideOr(true, () => this.#held.shrink())
  }

  evicted(): number[] {
    return Array.from(insideOr(new Uint32Array(), () => this.#held.evicted()))
  }

  status(): NativeCensus {
    return inside(() => read(this.#held.status()))
  }

  clear(): void {
    insideOr(undefined, () => this.#held.clear())
  }
}

const WHY = "the WebAssembly build has no sockets of its own. Pass a fetch that does this (undici's with an agent, for one), or use the addon"

/** What is asked for and cannot be had: the option's name and the reason, or nothing. */
export function checkHttp({ ca, cert, systemRoots, proxy, proxyForHttp, proxyForHttps }: NativeHttp): string[] | null {
  const asked = { 'tls.ca': ca, 'tls.cert': cert, 'tls.roots': systemRoots || undefined, proxy: proxy ?? proxyForHttp ?? proxyForHttps }
  const option = Object.entries(asked).find(([, value]) => value !== undefined)
  return option === undefined ? null : [option[0], WHY]
}
