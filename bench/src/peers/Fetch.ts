/** Plain `fetch`: types by declaration only, no retry, no deadline. */
import type { Options, Promised } from "../Client.ts"
import * as Reply from "../Reply.ts"

const codes = async (response: Response) => {
  const body: Reply.CodesBody = await response.json()
  return Reply.codesOf(body)
}

const nothing = () => Promise.resolve()

export const make = ({ baseUrl, fetch, token }: Options): Promised => {
  const headers = { "x-auth-token": token, accept: "application/json" }

  const call = async <A>(
    method: string,
    path: string,
    read: (response: Response) => Promise<A>,
    signal: AbortSignal | undefined
  ): Promise<Reply.Reply<A>> => {
    const response = await fetch(baseUrl + path, { method, headers, ...(signal === undefined ? {} : { signal }) })
    return response.ok ? Reply.success(await read(response)) : Reply.refused(response.status, await response.json())
  }

  return {
    findRecoveryCodes: (signal) => call("GET", "/user/otp/recovery-codes", codes, signal),
    regenerateCodes: (signal) => call("POST", "/user/otp/recovery-codes", codes, signal),
    receiveCodes: (signal) => call("POST", "/user/otp/sms/receive", nothing, signal),
    findEnsureOtp: (otp, signal) => call("POST", `/user/otp/verify/${encodeURIComponent(otp)}`, nothing, signal)
  }
}
