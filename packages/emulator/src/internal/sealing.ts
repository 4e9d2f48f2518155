import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  scrypt
} from "node:crypto"

/** What a database's key is good for. */
export interface Sealing {
  /** Encrypts a text for one place, so that it can't be moved to another. */
  readonly seal: (place: string, text: string) => Uint8Array
  /** Decrypts what was sealed for this place; fails when the key, the place or the bytes are others. */
  readonly unseal: (place: string, sealed: Uint8Array) => Result.Result<string, unknown>
  /** Stands for a token, and tells nothing about it. */
  readonly digest: (authToken: Redacted.Redacted<string>) => Uint8Array
}

/** The place of a user's record, by the digest of their token. */
export const userAt = (token: Uint8Array) => `users/${Buffer.from(token).toString("hex")}`

/** The place of the record of an SMS, by its id. */
export const smsAt = (id: number) => `outbox/${id}`

export const saltLength = 16

const nonceLength = 12
const tagLength = 16

/** 256 bits in hex are a key as they are. All else is a password, and made slow to guess (RFC 7914). */
const masterKey = (key: Redacted.Redacted<string>, salt: Uint8Array): Effect.Effect<Uint8Array> => {
  const text = Redacted.value(key)
  if (/^[0-9a-f]{64}$/i.test(text)) return Effect.sync(() => Buffer.from(text, "hex"))
  return Effect.callback((resume) => {
    scrypt(text, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 }, (error, bytes) =>
      resume(error === null ? Effect.succeed(bytes) : Effect.die(error))
    )
  })
}

/**
 * Derives what seals a database: AES-256-GCM (NIST SP 800-38D) with random
 * nonces, and HMAC-SHA-256 for the tokens, each under a key of its own.
 *
 * @param key what the user gave
 * @param salt of the database
 */
export const make = Effect.fnUntraced(function* (
  key: Redacted.Redacted<string>,
  salt: Uint8Array
): Effect.fn.Return<Sealing> {
  const master = yield* masterKey(key, salt)
  const derive = (purpose: string) => createSecretKey(new Uint8Array(hkdfSync("sha256", master, salt, purpose, 32)))
  const encryption = derive("encryption")
  const tokens = derive("tokens")
  return {
    seal: (place, text) => {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv("aes-256-gcm", encryption, nonce).setAAD(Buffer.from(place))
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
    },
    unseal: (place, bytes) =>
      Result.try(() => {
        const options = { authTagLength: tagLength }
        const decipher = createDecipheriv("aes-256-gcm", encryption, bytes.subarray(0, nonceLength), options)
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength))
        return decipher.update(bytes.subarray(nonceLength + tagLength), undefined, "utf8") + decipher.final("utf8")
      }),
    digest: (authToken) => createHmac("sha256", tokens).update(Redacted.value(authToken)).digest()
  }
})
