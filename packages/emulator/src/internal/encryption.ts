/** Encrypts what the database keeps, and hashes tokens. */
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

export interface Encryption {
  /** Encrypts a text for one place in the database. It can't be decrypted for another place. */
  readonly encrypt: (place: string, text: string) => Uint8Array
  /** Decrypts the bytes of a place. Fails if the key or the place is another one, or the bytes are damaged. */
  readonly decrypt: (place: string, bytes: Uint8Array) => Result.Result<string, unknown>
  /** A keyed hash of a token. */
  readonly hashToken: (authToken: Redacted.Redacted<string>) => Uint8Array
}

/** The place of a user's record, by the hash of the user's token. */
export const userPlace = (tokenHash: Uint8Array) => `users/${Buffer.from(tokenHash).toString("hex")}`

/** The place of the record of an SMS. */
export const smsPlace = (id: number) => `outbox/${id}`

export const saltLength = 16

const nonceLength = 12
const tagLength = 16

/** 256 bits in hex are the key itself. Other keys are passwords: scrypt (RFC 7914) makes them slow to guess. */
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
 * Makes the encryption of one database: AES-256-GCM (NIST SP 800-38D) with random nonces, and HMAC-SHA-256 for tokens.
 * Each has its own key, derived from the user's key.
 *
 * @param key the user's key
 * @param salt the salt of the database
 */
export const make = Effect.fnUntraced(function* (
  key: Redacted.Redacted<string>,
  salt: Uint8Array
): Effect.fn.Return<Encryption> {
  const master = yield* masterKey(key, salt)
  const derive = (purpose: string) => createSecretKey(new Uint8Array(hkdfSync("sha256", master, salt, purpose, 32)))
  const encryptionKey = derive("encryption")
  const tokenKey = derive("tokens")
  return {
    encrypt: (place, text) => {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv("aes-256-gcm", encryptionKey, nonce).setAAD(Buffer.from(place))
      const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), encrypted])
    },
    decrypt: (place, bytes) =>
      Result.try(() => {
        const options = { authTagLength: tagLength }
        const decipher = createDecipheriv("aes-256-gcm", encryptionKey, bytes.subarray(0, nonceLength), options)
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength))
        return decipher.update(bytes.subarray(nonceLength + tagLength), undefined, "utf8") + decipher.final("utf8")
      }),
    hashToken: (authToken) => createHmac("sha256", tokenKey).update(Redacted.value(authToken)).digest()
  }
})
