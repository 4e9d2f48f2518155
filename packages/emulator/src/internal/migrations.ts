import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { DatabaseSync } from "node:sqlite"
import { type Sealing, smsAt, userAt } from "./sealing.ts"

/** What a version had in a record and a later one has too, as it stands there. */
const rest = [Schema.Record(Schema.String, Schema.Unknown)] as const

const EarlierTotp = Schema.Struct({
  secret: Schema.String,
  algorithm: Schema.String,
  digits: Schema.Int,
  period: Schema.Int
})

/** As versions 1 and 2 had it. */
const EarlierUser = Schema.fromJsonString(
  Schema.StructWithRest(
    Schema.Struct({
      twoFactor: Schema.Boolean,
      secrets: Schema.StructWithRest(Schema.Struct({ totp: Schema.NullOr(EarlierTotp) }), rest)
    }),
    rest
  )
)

const readEarlierUser = Schema.decodeUnknownSync(EarlierUser)

const defaults = { secret: null, algorithm: "SHA1", digits: 6, period: 30 }

/** Before version 3, two-factor authentication was on by app alone, and as the options said. */
const withStates = (record: string) => {
  const { secrets, twoFactor, ...account } = readEarlierUser(record)
  const { totp } = secrets
  const given = { ...(totp ?? defaults), twoFactor: { app: twoFactor ? "on" : "off", sms: "off" } }
  return JSON.stringify({
    ...account,
    tfaSms: false,
    secrets: { ...secrets, totp: twoFactor ? totp : null, seed: null, given }
  })
}

const Sms = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

const readSms = Schema.decodeUnknownSync(Sms)

const users = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ token: Schema.Uint8Array, record: Schema.Uint8Array }))
)

const outbox = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ id: Schema.Int, record: Schema.Uint8Array })))

/** What brings a file to the version after its own: of versions 1, 2 and so on. */
const steps: ReadonlyArray<(database: DatabaseSync, sealing: Sealing) => void> = [
  // Version 2 has the id of an SMS in its record too.
  (database, { seal, unseal }) => {
    const put = database.prepare("UPDATE outbox SET record = ? WHERE id = ?")
    for (const { id, record } of outbox(database.prepare("SELECT id, record FROM outbox").all())) {
      const sms = readSms(Result.getOrThrow(unseal(smsAt(id), record)))
      put.run(seal(smsAt(id), JSON.stringify({ id, ...sms })), id)
    }
  },
  // Version 3 has the states of two-factor authentication.
  (database, { seal, unseal }) => {
    const put = database.prepare("UPDATE users SET record = ? WHERE token = ?")
    for (const { record, token } of users(database.prepare("SELECT token, record FROM users").all())) {
      const place = userAt(token)
      put.run(seal(place, withStates(Result.getOrThrow(unseal(place, record)))), token)
    }
  }
]

/** The version of a file that all steps were taken with. */
export const newest = steps.length + 1

/**
 * Brings the records of a file to the newest version. In a transaction of the
 * caller's: it throws at a record that can't be read, and then nothing may stay.
 *
 * @param database the file
 * @param sealing what its records are sealed with
 * @param version of the file
 */
export const migrate = (database: DatabaseSync, sealing: Sealing, version: number): void => {
  for (const step of steps.slice(version - 1)) step(database, sealing)
}
