/** Certificates that sign themselves, for servers on loopback: X.509 in DER, as of RFC 5280. */
import { generateKeyPairSync, sign } from "node:crypto"

const der = (tag: number, ...contents: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(contents)
  const size = content.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...contents: ReadonlyArray<Uint8Array>) => der(0x30, ...contents)
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
const utcTime = (iso: string) => der(0x17, Buffer.from(`${iso.replace(/[-T:]/g, "").slice(2)}Z`))

const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"))
const subjectAltName = oid("551d11")
const basicConstraints = oid("551d13")
const commonName = oid("550403")

/** A key and a certificate for `localhost` and 127.0.0.1, which is its own authority. */
export const certificate = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from("metal-otp")))))
  const names = sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))
  const isAuthority = sequence(der(0x01, Buffer.from([0xff])))
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
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
  const signature = sign("sha256", content, privateKey)
  const base64 = sequence(content, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature)).toString("base64")
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  }
}

export type Certificate = ReturnType<typeof certificate>
