// A certificate for the https server on loopback, made anew for every run: nothing to expire, no key in the repository,
// and no openssl needed.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const OID = {
  commonName: '550403',
  subjectAltName: '551d11',
  ecdsaWithSha256: '2a8648ce3d040302',
}

const enum Tag {
  Integer = 0x02,
  BitString = 0x03,
  OctetString = 0x04,
  ObjectId = 0x06,
  Utf8 = 0x0c,
  UtcTime = 0x17,
  Sequence = 0x30,
  Set = 0x31,
  DnsName = 0x82,
  IpAddress = 0x87,
  Version = 0xa0,
  Extensions = 0xa3,
}

/** A self-signed certificate for localhost and 127.0.0.1, good from one day to another, and its key. Both PEM. */
export function selfSigned({ from, until } = { from: -1, until: 1 }): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = der(Tag.Sequence, der(Tag.ObjectId, hex(OID.ecdsaWithSha256)))
  const commonName = der(Tag.Sequence, der(Tag.ObjectId, hex(OID.commonName)), der(Tag.Utf8, text('tokenkeep bench')))
  const name = der(Tag.Sequence, der(Tag.Set, commonName))
  const names = der(Tag.Sequence, der(Tag.DnsName, text('localhost')), der(Tag.IpAddress, Buffer.from([127, 0, 0, 1])))
  const alternatives = der(Tag.Sequence, der(Tag.ObjectId, hex(OID.subjectAltName)), der(Tag.OctetString, names))
  const body = der(
    Tag.Sequence,
    der(Tag.Version, der(Tag.Integer, Buffer.from([2]))),
    der(Tag.Integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    der(Tag.Sequence, day(from), day(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(Tag.Extensions, der(Tag.Sequence, alternatives)),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)])
  const certificate = der(Tag.Sequence, body, algorithm, der(Tag.BitString, signature))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

function day(offset: number): Buffer {
  const date = new Date(Date.now() + offset * 86_400_000)
  return der(Tag.UtcTime, text(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))
}

function der(tag: Tag, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  // DER wants the shortest form, and rustls insists on it.
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex')
}

function text(characters: string): Buffer {
  return Buffer.from(characters, 'utf8')
}
