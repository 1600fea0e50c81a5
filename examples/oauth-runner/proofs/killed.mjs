// Dies in the very turn in which it is handed a token: whatever is not on disk by then is lost.
import { createManager } from '../manager.mjs'

await createManager().getToken({ forceRefresh: true })
process.kill(process.pid, 'SIGKILL')
