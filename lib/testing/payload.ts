import { json, type Answer } from './answers'
import type { Exchange } from './exchange'
import { jsonComplaint, utf8Complaint } from './python-json'

/** A request body, read; `text` is there to tell 1 from 1.0. */
export interface Payload {
  readonly data: unknown
  readonly text: string
}

/** Reads a body as Django REST framework does, or gives the answer that refuses it (contract §1, the rows from "malformed JSON" on). */
export function readPayload({ headers, body }: Exchange): { payload: Payload } | { refusal: Answer } {
  // An empty body is an empty form, whatever its type
  if (body.length === 0) return { payload: { data: {}, text: '' } }
  const contentType = headers['content-type'] ?? ''
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === 'application/x-www-form-urlencoded') {
    // Of a repeated key the last value counts
    return { payload: { data: Object.fromEntries(new URLSearchParams(body.toString())), text: '' } }
  }
  if (mediaType !== 'application/json') {
    return { refusal: json(415, { detail: `Unsupported media type "${contentType}" in request.` }) }
  }
  let text = body.toString()
  // Broken UTF-8 reads as U+FFFD; only then is it worth looking closer
  if (text.includes('\ufffd')) {
    const broken = utf8Complaint(body)
    if (broken !== null) return { refusal: parseError(broken) }
    // `stream` drops a sequence cut off at the end, as Python's reader does
    text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body, { stream: true })
  }
  try {
    return { payload: { data: JSON.parse(text), text } }
  } catch {
    return { refusal: parseError(jsonComplaint(text)) }
  }
}

function parseError(why: string): Answer {
  return json(400, { detail: `JSON parse error - ${why}` })
}
