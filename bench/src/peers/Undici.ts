/** undici's `Pool`, Node's fastest client: types by declaration only, no retry, no deadline. */
import { Pool } from "undici"
import type { Options, Promised } from "../Client.ts"
import * as Reply from "../Reply.ts"

type Body = Awaited<ReturnType<Pool["request"]>>["body"]

const codes = async (body: Body) => {
  const list: Reply.CodesBody = Object(await body.json())
  return Reply.codesOf(list)
}

const nothing = (body: Body) => body.dump()

export const make = ({ baseUrl, token }: Omit<Options, "fetch">): Promised => {
  const { origin, pathname } = new URL(baseUrl)
  const pool = new Pool(origin)
  const headers = { "x-auth-token": token, accept: "application/json" }

  const call = async <A>(
    method: "GET" | "POST",
    path: string,
    read: (body: Body) => Promise<A>,
    signal: AbortSignal | undefined
  ): Promise<Reply.Reply<A>> => {
    const { body, statusCode } = await pool.request({
      method,
      path: pathname + path,
      headers,
      ...(signal === undefined ? {} : { signal })
    })
    if (statusCode >= 200 && statusCode < 300) return Reply.success(await read(body))
    const error: object = Object(await body.json())
    return Reply.refused(statusCode, error)
  }

  return {
    findRecoveryCodes: (signal) => call("GET", "/user/otp/recovery-codes", codes, signal),
    regenerateCodes: (signal) => call("POST", "/user/otp/recovery-codes", codes, signal),
    receiveCodes: (signal) => call("POST", "/user/otp/sms/receive", nothing, signal),
    findEnsureOtp: (otp, signal) => call("POST", `/user/otp/verify/${encodeURIComponent(otp)}`, nothing, signal)
  }
}
