import { assert, describe, it } from "@effect/vitest"
import { type Failure, OtpSeed } from "@metal-otp/core"

const key: OtpSeed.Key = {
  issuer: "Metal",
  account: "alice",
  algorithm: "SHA1",
  digits: 6,
  period: 30,
  secret: "MFRGGZDF"
}

describe("OtpSeed", () => {
  describe("read", () => {
    it.each([
      [{ otp_uri: "otpauth://totp/a?secret=MFRGGZDF" }, "otpauth://totp/a?secret=MFRGGZDF"],
      [{ otp_uri: "", other: 1 }, ""],
      [{ otp_uri: null }, ""],
      [{}, ""],
      [{ otp_uri: 1 }, undefined],
      [{ otp_uri: ["otpauth://totp/a"] }, undefined],
      ["otpauth://totp/a", undefined],
      [[], undefined],
      [null, undefined],
      [undefined, undefined]
    ])("%j is %j", (json, uri) => assert.strictEqual(OtpSeed.read(json), uri))
  })

  describe("parse", () => {
    it.each<[uri: string, fields: Partial<OtpSeed.Key>]>([
      ["otpauth://totp/Metal:alice?secret=MFRGGZDF", {}],
      ["otpauth://totp/Metal:alice?secret=MFRGGZDF&issuer=Metal&algorithm=SHA1&digits=6&period=30", {}],
      ["OTPAUTH://TOTP/Metal:alice?secret=MFRGGZDF", {}],
      ["otpauth://totp/Metal%3Aalice?secret=MFRGGZDF", {}],
      ["otpauth://totp/Metal:%20alice?secret=MFRGGZDF", {}],
      ["otpauth://totp/alice?secret=MFRGGZDF&issuer=Metal", {}],
      ["otpauth://totp/Metal:alice?secret=mfrggzdf", {}],
      ["otpauth://totp/Metal:alice?secret=MFRG%20GZDF", {}],
      ["otpauth://totp/Metal:alice?secret=MFRG GZDF", {}],
      ["otpauth://totp/Metal:alice?secret=MFRG+GZDF", {}],
      ["otpauth://totp/Metal:alice?secret=mfrg-gzdf", {}],
      ["otpauth://totp/Metal:alice?secret=MFRGGZDF======", {}],
      ["otpauth://totp/Metal:alice?secret=MFRGGZDF&digits=&period=&algorithm=", {}],
      ["otpauth://totp/Metal:alice?secret=MFRGGZDF&counter=3&image=https://example.com/a.png", {}],
      ["otpauth://totp/Metal:alice?secret=MFRGGZDF#fragment", {}],
      [
        "otpauth://totp/Metal:alice?algorithm=sha256&digits=8&period=60&secret=MFRGGZDF",
        { algorithm: "SHA256", digits: 8, period: 60 }
      ],
      ["otpauth://totp/Metal:alice?algorithm=SHA-512&secret=MFRGGZDF", { algorithm: "SHA512" }],
      ["otpauth://totp/alice?secret=MFRGGZDF", { issuer: "" }],
      ["otpauth://totp/?secret=MFRGGZDF", { issuer: "", account: "" }],
      ["otpauth://totp?secret=MFRGGZDF", { issuer: "", account: "" }],
      ["otpauth://totp/Other:alice?secret=MFRGGZDF&issuer=Metal", {}],
      ["otpauth://totp/Metal%3A%20EU:alice?secret=MFRGGZDF&issuer=Metal%3A%20EU", { issuer: "Metal: EU" }],
      [
        "otpauth://totp/M%C3%A9tal%20%26%20Co:alice@example.com?secret=MFRGGZDF",
        { issuer: "M\u00e9tal & Co", account: "alice@example.com" }
      ],
      ["otpauth://totp/100%:alice?secret=MFRGGZDF", { issuer: "100%" }],
      ["otpauth://totp/Metal:alice:bob?secret=MFRGGZDF", { account: "alice:bob" }]
    ])("reads %s", (uri, fields) => assert.deepStrictEqual(OtpSeed.parse(uri), { key: { ...key, ...fields } }))

    it.each<[uri: string, reason: (typeof Failure.otpSeedReasons)[number]]>([
      ["", "Missing"],
      ["MFRGGZDF", "NotOtpauth"],
      ["https://example.com/?secret=MFRGGZDF", "NotOtpauth"],
      ["otpauth:totp/alice?secret=MFRGGZDF", "NotOtpauth"],
      [" otpauth://totp/alice?secret=MFRGGZDF", "NotOtpauth"],
      ["otpauth://hotp/alice?secret=MFRGGZDF&counter=0", "NotTotp"],
      ["otpauth:///alice?secret=MFRGGZDF", "NotTotp"],
      ["otpauth://totp/alice", "Secret"],
      ["otpauth://totp/alice?secret=", "Secret"],
      ["otpauth://totp/alice?secret=====", "Secret"],
      ["otpauth://totp/alice?secret=MFRG1ZDF", "Secret"],
      ["otpauth://totp/alice?secret=MFRG%C3%89ZDF", "Secret"],
      ["otpauth://totp/alice?secret=MFRGGZDF&algorithm=MD5", "Algorithm"],
      ["otpauth://totp/alice?secret=MFRGGZDF&algorithm=__proto__", "Algorithm"],
      ["otpauth://totp/alice?secret=MFRGGZDF&digits=5", "Digits"],
      ["otpauth://totp/alice?secret=MFRGGZDF&digits=9", "Digits"],
      ["otpauth://totp/alice?secret=MFRGGZDF&digits=6.5", "Digits"],
      ["otpauth://totp/alice?secret=MFRGGZDF&period=0", "Period"],
      ["otpauth://totp/alice?secret=MFRGGZDF&period=-30", "Period"],
      ["otpauth://totp/alice?secret=MFRGGZDF&period=1e3", "Period"],
      ["otpauth://totp/alice?secret=MFRGGZDF&period=9999999999", "Period"]
    ])("refuses %j: %s", (uri, reason) => assert.deepStrictEqual(OtpSeed.parse(uri), { reason }))

    it("refuses a long invalid URI in linear time", () => {
      assert.deepStrictEqual(OtpSeed.parse(`otpauth://totp/${"%".repeat(100_000)}?secret=${"=".repeat(100_000)}A`), {
        reason: "Secret"
      })
    })
  })
})
