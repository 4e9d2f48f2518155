/**
 * ky with its defaults: a deadline of 10 seconds, and up to two retries of
 * idempotent methods on 408, 413, 429, 500, 502, 503, 504 and on network errors.
 * It decides by the method alone whether a request may be repeated.
 */
import ky, { isHTTPError } from "ky"
import type { Options, Promised } from "../Client.ts"
import * as Reply from "../Reply.ts"

const call = <A>(sent: Promise<A>): Promise<Reply.Reply<A>> =>
  sent.then(Reply.success, (error: unknown) => {
    if (!isHTTPError<Reply.ErrorBody>(error)) throw error
    return Reply.refused(error.response.status, typeof error.data === "string" ? undefined : error.data)
  })

export const make = ({ baseUrl, fetch, token }: Options): Promised => {
  const api = ky.create({ prefix: baseUrl, fetch, headers: { "x-auth-token": token } })

  return {
    findRecoveryCodes: () => call(api.get("user/otp/recovery-codes").json<Reply.CodesBody>().then(Reply.codesOf)),
    regenerateCodes: () => call(api.post("user/otp/recovery-codes").json<Reply.CodesBody>().then(Reply.codesOf)),
    receiveCodes: () => call(api.post("user/otp/sms/receive").then(Reply.nothingOf)),
    findEnsureOtp: (otp) => call(api.post(`user/otp/verify/${encodeURIComponent(otp)}`).then(Reply.nothingOf))
  }
}
