// A logger as small as they get: its level and its words, on stdout.
const line = (level) => (_fields, message) => console.log(`${level.padEnd(5)} ${message}`)

export const log = { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') }
