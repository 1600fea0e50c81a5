// What wasm-bindgen makes of `src/wasm/`. Shapes are JSON; what is refused is thrown as a text.
declare module 'tokenkeep:glue' {
  export class NativeManager {
    constructor(options: string, provider: string)
    place(): string
    account(): string
    whose(): string
    look(known: number): string
    renew(operation: number, demand: string, fallback?: string | null): string
    invalidate(token?: string | null): boolean
    invalidateStored(operation: number, token?: string | null): void
    replaceProvider(operation: number, provider: string, patience: string): void
    scoped(scope: string): string
    refuseScope(scope: string): string
    letGo(): void
    restore(operation: number): void
    importTokens(operation: number, text: string): void
    exportTokens(operation: number): void
    logout(operation: number): void
    close(operation: number): void
    status(): string
  }
  export class NativePool {
    constructor(options: string, capacity: number, logins: number)
    number(): number
    note(id: string): number | undefined
    enrol(id: string, enrolment: string): void
    manager(id: string, hasTotp: boolean, patience: string, isUsed: boolean): NativeManager | undefined
    seat(manager: NativeManager, id: string, hasTotp: boolean, patience: string, isUsed: boolean): boolean
    look(id: string, known: number, watched: boolean): string
    glance(id: string, known: number): number
    peek(id: string): string | undefined
    unwatch(numbers: Uint32Array): void
    shrink(): boolean
    evicted(): Uint32Array
    status(): string
    clear(): void
  }
  export function collect(): string
  export function answer(question: number, answer: string): boolean
  export function decline(question: number): void
  export function ring(number: number): void
  export function turn(): void
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void
}
