/**
 * A sign-in in plain Node, without Effect. The emulator runs in its own process, and prints its URL and each SMS as
 * JSON.
 */
import { isOtpsFailure, makeOtps, type OtpsClient } from "@metal-otp/client/promise"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { createInterface } from "node:readline"

/** An event that the emulator prints. */
interface EmulatorEvent {
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

/** Reads the next event: the lines up to the closing brace. */
const nextEvent = async (before = ""): Promise<EmulatorEvent> => {
  const { done, value = "" } = await lines.next()
  if (done === true) throw new Error("The emulator has ended")
  return value === "}" ? JSON.parse(before + value) : nextEvent(before + value)
}

const print = (line: string) => process.stdout.write(`${line}\n`)

/** The text for the user after a failed call. */
const explain = (error: unknown): string => {
  if (!isOtpsFailure(error)) throw error
  if (error._tag === "BadRequest") return "That code is wrong, expired or used."
  return error.outcome === "NotApplied" ? `${error.message} Try again.` : error.message
}

const verify = (otps: OtpsClient, typed: string) =>
  otps.findEnsureOtp(typed, { signal: AbortSignal.timeout(30_000) }).then(() => "Welcome.", explain)

const signIn = async () => {
  await using otps = makeOtps({ baseUrl: (await nextEvent()).api_url ?? "", authToken, timeout: 5000, retries: 2 })

  await otps.receiveCodes()
  const { otp = "", phone_number } = (await nextEvent()).sms ?? {}
  print(`1. An SMS went to ${phone_number}`)
  print(`2. A wrong code: ${await verify(otps, "000 000")}`)
  print(`3. The code of the SMS: ${await verify(otps, otp)}`)
  print(`4. The same again: ${await verify(otps, otp)}`)
  print(`5. No code at all: ${await verify(otps, "")}`)

  const { codes, outcome } = await otps.regenerateCodesConfirmed()
  print(`6. ${codes.length} new recovery codes, outcome ${outcome}`)
  print(`7. One of them: ${await verify(otps, codes[0] ?? "")}`)
}

await signIn().finally(() => emulator.kill())
