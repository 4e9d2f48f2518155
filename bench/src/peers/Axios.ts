/** axios with its defaults: no deadline, no retry. It runs on its adapter `fetch`, or else on node:http. */
import { type AxiosResponse, create, isAxiosError } from "axios"
import type { Options, Promised } from "../Client.ts"
import * as Reply from "../Reply.ts"

const call = <B, A>(sent: Promise<AxiosResponse<B>>, read: (body: B) => A): Promise<Reply.Reply<A>> =>
  sent.then(
    (response) => Reply.success(read(response.data)),
    (error: unknown) => {
      if (!isAxiosError<Reply.ErrorBody>(error) || error.response === undefined) throw error
      return Reply.refused(error.response.status, error.response.data)
    }
  )

export const make = ({
  baseUrl,
  fetch,
  token
}: Omit<Options, "fetch"> & { readonly fetch: Options["fetch"] | undefined }): Promised => {
  const api = create({
    baseURL: baseUrl,
    headers: { "x-auth-token": token },
    ...(fetch === undefined ? {} : { adapter: "fetch", env: { fetch } })
  })

  return {
    findRecoveryCodes: () => call(api.get<Reply.CodesBody>("/user/otp/recovery-codes"), Reply.codesOf),
    regenerateCodes: () => call(api.post<Reply.CodesBody>("/user/otp/recovery-codes"), Reply.codesOf),
    receiveCodes: () => call(api.post("/user/otp/sms/receive"), Reply.nothingOf),
    findEnsureOtp: (otp) => call(api.post(`/user/otp/verify/${encodeURIComponent(otp)}`), Reply.nothingOf)
  }
}
