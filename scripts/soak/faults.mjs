/** What a connection can meet. Without the floods of 1xx answers: they cost the soak's own servers all of their time. */
export const NETWORK = [
  ...['connect', 'request', 'head', 'body', 'end'].flatMap((at) => ['hang', 'reset', 'fin'].map((kind) => ({ kind, at }))),
  { kind: 'trickle', bytes: 8, everyMs: 5 },
  { kind: 'trickle', bytes: 1, everyMs: 20 },
  ...[-5, 5].map((by) => ({ kind: 'length', by })),
  { kind: 'length', says: 'many' },
  ...['chunks', 'body', 'status', 'header', 'headers', 'trailers'].map((of) => ({ kind: 'endless', of })),
  { kind: 'bomb', bytes: 1 << 26 },
  { kind: 'headers', count: 5000 },
  { kind: 'twice', second: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}' },
  { kind: 'raw', bytes: '{"token":"of HTTP/0.9"}' },
  { kind: 'raw', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n' },
]

/** What a request can be answered. */
export const ANSWERS = [
  'outage',
  'permission-denied',
  'not-json',
  'no-token',
  'echo',
  'torn',
  'hang',
  'reset',
  'redirect',
  { kind: 'throttled', retryAfterSeconds: null },
  { kind: 'throttled', retryAfterSeconds: 1 },
  { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'status', status: 404 },
  { kind: 'slow', ms: 300 },
  { kind: 'trickle', bytes: 16, everyMs: 5 },
  { kind: 'huge', bytes: 1 << 22 },
]
