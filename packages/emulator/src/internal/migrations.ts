/** Brings the records of a database from an earlier version to the newest one. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { DatabaseSync } from "node:sqlite"
import { type Encryption, smsPlace, userPlace } from "./encryption.ts"

/** Keeps the fields that a migration does not change. */
const otherFields = [Schema.Record(Schema.String, Schema.Unknown)] as const

const TotpOfVersion2 = Schema.Struct({
  secret: Schema.String,
  algorithm: Schema.String,
  digits: Schema.Int,
  period: Schema.Int
})

/** The record of a user in versions 1 and 2. */
const UserOfVersion2 = Schema.fromJsonString(
  Schema.StructWithRest(
    Schema.Struct({
      twoFactor: Schema.Boolean,
      secrets: Schema.StructWithRest(
        Schema.Struct({ totp: Schema.NullOr(TotpOfVersion2), pending: Schema.Array(Schema.Unknown) }),
        otherFields
      )
    }),
    otherFields
  )
)

const decodeUserOfVersion2 = Schema.decodeUnknownSync(UserOfVersion2)

const defaultTotp = { secret: null, algorithm: "SHA1", digits: 6, period: 30 }

/** Before version 3, only the options turned two-factor authentication on, and only by app. */
const toUserOfVersion3 = (record: string) => {
  const { secrets, twoFactor, ...account } = decodeUserOfVersion2(record)
  const { pending, totp, ...otherSecrets } = secrets
  const configured = { ...(totp ?? defaultTotp), twoFactor: { app: twoFactor ? "on" : "off", sms: "off" } }
  return JSON.stringify({
    ...account,
    tfaSms: false,
    secrets: { ...otherSecrets, totp: twoFactor ? totp : null, seed: null, configured, smsCodes: pending }
  })
}

const decodeSms = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const decodeUserRows = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ token: Schema.Uint8Array, record: Schema.Uint8Array }))
)

const decodeSmsRows = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ id: Schema.Int, record: Schema.Uint8Array }))
)

/** The migrations from version 1 to 2, from 2 to 3, and so on. */
const migrations: ReadonlyArray<(database: DatabaseSync, encryption: Encryption) => void> = [
  // Version 2 has the id of an SMS in its record too.
  (database, { decrypt, encrypt }) => {
    const update = database.prepare("UPDATE outbox SET record = ? WHERE id = ?")
    for (const { id, record } of decodeSmsRows(database.prepare("SELECT id, record FROM outbox").all())) {
      const sms = decodeSms(Result.getOrThrow(decrypt(smsPlace(id), record)))
      update.run(encrypt(smsPlace(id), JSON.stringify({ id, ...sms })), id)
    }
  },
  // Version 3 has the state of each factor.
  (database, { decrypt, encrypt }) => {
    const update = database.prepare("UPDATE users SET record = ? WHERE token = ?")
    for (const { record, token } of decodeUserRows(database.prepare("SELECT token, record FROM users").all())) {
      const place = userPlace(token)
      update.run(encrypt(place, toUserOfVersion3(Result.getOrThrow(decrypt(place, record)))), token)
    }
  }
]

export const newestVersion = migrations.length + 1

/**
 * Migrates a database. Run it in a transaction: it throws if a record can't be read, and has then changed others.
 *
 * @param database the open file
 * @param encryption its encryption
 * @param from the version of the file
 */
export const migrate = (database: DatabaseSync, encryption: Encryption, from: number): void => {
  for (const migration of migrations.slice(from - 1)) migration(database, encryption)
}
