// The compiler and linker for Android, from Google's NDK. It is several gigabytes, so it is used where it is and not brought.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The oldest Android that an addon asks for, by its API level: that of Android 7.0. */
const API = 24

/** What the environment of cargo needs. Rust links by clang, and C that is compiled on the way (ring's) needs it too, for the same triple. */
export function ndk(triple, { ANDROID_NDK_HOME: home } = process.env) {
  if (!home) throw new Error(`ANDROID_NDK_HOME is not set: ${triple} is linked by the NDK. Install one and name its folder; GitHub's ubuntu machines have it`)
  const tools = join(home, 'toolchains', 'llvm', 'prebuilt', `${process.platform}-x86_64`, 'bin')
  const [clang, ar] = [`${triple}${API}-clang`, 'llvm-ar'].map((name) => join(tools, name))
  for (const tool of [clang, ar]) if (!existsSync(tool)) throw new Error(`there is no ${tool}: ANDROID_NDK_HOME has to name an NDK of Linux or macOS`)
  const name = triple.replaceAll('-', '_')
  return { [`CARGO_TARGET_${name.toUpperCase()}_LINKER`]: clang, [`CC_${name}`]: clang, [`AR_${name}`]: ar }
}
