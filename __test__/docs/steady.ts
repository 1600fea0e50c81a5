// What differs from run to run, from day to day and from machine to machine. Everything else that a page shows has to be what is printed.
const DIFFERS: [RegExp, string][] = [
  [/\beyJ[\w-]*(?:\.[\w-]+)*(?:…|\.\.\.)?/g, 'TOKEN'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\b1[789]\d{11}\b/g, 'EPOCH_MS'],
  [/\b1[789]\d{8}(?:\.\d+)?\b/g, 'EPOCH_S'],
  [/\b[0-9a-f]{32}\b/g, 'HASH'],
  [/https?:\/\/(?:127\.0\.0\.1:\d+|[a-z]+\.example\.com)/g, 'URL'],
  [/(?:127\.0\.0\.1|localhost):\d+|[a-z]+\.example\.com\b/g, 'HOST'],
  [/("server\.port"|'server\.port'): \d+/g, '$1: PORT'],
  [/\/home\/(?:alice|me)\b/g, 'HOME'],
  [/("?\b(?:durationMs|leftMs|ageMs|clockSkewMs|expiresInSeconds|pid)"?: ?)-?\d+/g, '$1N'],
  [/\b(durationMs|expiresInSeconds)=\d+/g, '$1=N'],
  [/\b(the token expires in|the token is good for) \d+ \w+/g, '$1 A WHILE'],
  [/\b\d+\.\d s before\b/g, 'A MOMENT before'],
  // A moment has passed, and what had ten minutes has nine.
  [/\b(?:9|10|14|15) minutes\b/g, 'MINUTES'],
  [/\b(?:59|60) minutes\b/g, 'AN HOUR'],
  [/\b(?:6|7) days\b/g, 'A WEEK'],
  [/\b(?:29|30) seconds\b/g, 'HALF A MINUTE'],
  [/\bos error \d+/g, 'os error N'],
  [/\b[0-5] seconds?( ago)?/g, 'A MOMENT'],
]

export function steady(text: string): string {
  return DIFFERS.reduce((said, [figure, name]) => said.replace(figure, name), text).trimEnd()
}
