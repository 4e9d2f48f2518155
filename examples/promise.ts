/**
 * A sign-in in plain Node, without a word of Effect: promises, `try` and `catch`. The emulator runs beside it, as a
 * process of its own that says which SMS it sends.
 */
import { isOtpsFailure, makeOtps, type OtpsClient } from "@metal-otp/client/promise"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { createInterface } from "node:readline"

interface Said {
  readonly api_url?: string
  readonly sms?: { readonly phone_number: string; readonly otp: string }
}

const authToken = "quickstart-token"

const cli = fileURLToPath(new URL("../packages/cli/src/bin.ts", import.meta.url))
const emulator = spawn(
  process.execPath,
  ["--conditions=@metal-otp/source", cli, "emulator", "--user", authToken, "-o", "json"],
  { stdio: ["ignore", "pipe", "inherit"] }
)
const lines = createInterface(emulator.stdout)[Symbol.asyncIterator]()

/** What the emulator says next: an object of JSON, up to the line that closes it. */
const said = async (before = ""): Promise<Said> => {
  const { done, value = "" } = await lines.next()
  if (done === true) throw new Error("The emulator ended")
  return value === "}" ? JSON.parse(before + value) : said(before + value)
}

const say = (line: string) => process.stdout.write(`${line}\n`)

/** What to tell the user, by what is known of the call. */
const answer = (error: unknown): string => {
  if (!isOtpsFailure(error)) throw error
  if (error._tag === "BadRequest") return "That code is wrong, expired or used."
  return error.outcome === "NotApplied" ? `${error.message} Try again.` : error.message
}

const verify = (otps: OtpsClient, typed: string) =>
  otps.findEnsureOtp(typed, { signal: AbortSignal.timeout(30_000) }).then(() => "Welcome.", answer)

const signIn = async () => {
  await using otps = makeOtps({ baseUrl: (await said()).api_url ?? "", authToken, timeout: 5000, retries: 2 })

  await otps.receiveCodes()
  const { otp = "", phone_number } = (await said()).sms ?? {}
  say(`1. An SMS went to ${phone_number}`)
  say(`2. A wrong code: ${await verify(otps, "000 000")}`)
  say(`3. The code of the SMS: ${await verify(otps, otp)}`)
  say(`4. The same again: ${await verify(otps, otp)}`)
  say(`5. No code at all: ${await verify(otps, "")}`)

  const { codes, outcome } = await otps.regenerateCodesConfirmed()
  say(`6. ${codes.length} new recovery codes, outcome ${outcome}`)
  say(`7. One of them: ${await verify(otps, codes[0] ?? "")}`)
}

await signIn().finally(() => emulator.kill())
