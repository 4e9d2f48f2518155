/** Makes certificates for servers on loopback: X.509 in DER (RFC 5280). */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto"

const der = (tag: number, ...contents: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(contents)
  const size = content.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...contents: ReadonlyArray<Uint8Array>) => der(0x30, ...contents)
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
const utcTime = (iso: string) => der(0x17, Buffer.from(`${iso.replace(/[-T:]/g, "").slice(2)}Z`))

/** The signature algorithms by key type and hash (RFC 5758, section 3.2; RFC 4055, section 5). */
const algorithms = {
  ec: { sha1: sequence(oid("2a8648ce3d0401")), sha256: sequence(oid("2a8648ce3d040302")) },
  rsa: {
    sha1: sequence(oid("2a864886f70d010105"), der(0x05)),
    sha256: sequence(oid("2a864886f70d01010b"), der(0x05))
  }
}

const subjectAltName = oid("551d11")
const basicConstraints = oid("551d13")
const commonName = oid("550403")

const nameOf = (text: string) => sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(text)))))

/** A key and its certificate, in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A certificate that can sign others. */
export interface Authority extends Certificate {
  readonly name: Buffer
  readonly privateKey: KeyObject
}

interface Options {
  /** The size of an RSA key in bits. Default: an EC key on P-256. */
  readonly rsaBits?: number
  readonly hash?: "sha1" | "sha256"
  /** The certificate that signs this one. Default: it signs itself. */
  readonly issuer?: Authority
}

/** Makes a key and its certificate for `localhost` and 127.0.0.1. */
export const certificate = ({ hash = "sha256", issuer, rsaBits }: Options = {}): Authority => {
  const { privateKey, publicKey } =
    rsaBits === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: rsaBits })
  // TLS finds an authority by its name, so each name is unique.
  const name = nameOf(`metal-otp ${randomUUID()}`)
  const names = sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))
  const isAuthority = sequence(der(0x01, Buffer.from([0xff])))
  const signer = issuer?.privateKey ?? privateKey
  const algorithm = algorithms[signer.asymmetricKeyType === "rsa" ? "rsa" : "ec"][hash]
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    issuer?.name ?? name,
    sequence(utcTime("2020-01-01T00:00:00"), utcTime("2049-01-01T00:00:00")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        sequence(subjectAltName, der(0x04, names)),
        sequence(basicConstraints, der(0x01, Buffer.from([0xff])), der(0x04, isAuthority))
      )
    )
  )
  const signature = sign(hash, content, signer)
  const base64 = sequence(content, algorithm, der(0x03, Buffer.from([0]), signature)).toString("base64")
  return {
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    name,
    privateKey
  }
}
