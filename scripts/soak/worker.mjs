// A thread of the service. It is asked to leave, or is ended where it stands.
import { parentPort, workerData } from 'node:worker_threads'
import { Callers } from './callers.mjs'
import { Cast } from './cast.mjs'
import { Chance } from './chance.mjs'
import { Weather } from './weather.mjs'

const { accounts, dir, memory, name, seed, urls } = workerData
const cast = new Cast({ urls, dir })
const complain = (complaint) => parentPort.postMessage({ complaint: `${name}, ${complaint}` })
const callers = new Callers({ cast, weather: new Weather(memory), chance: new Chance(seed, name), accounts, dir, complain })
callers.start()
parentPort.on('message', async () => {
  await callers.stop()
  parentPort.postMessage({ tally: callers.tally })
  parentPort.close()
})
