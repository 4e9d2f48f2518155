/** openapi-fetch on `paths` as openapi-typescript would write them: typed by status, no retry, no deadline. */
import createClient from "openapi-fetch"
import type { Options, Promised } from "../Client.ts"
import * as Reply from "../Reply.ts"

interface Json<A> {
  headers: Record<string, unknown>
  content: { "application/json": A }
}

interface NoContent {
  headers: Record<string, unknown>
  content?: never
}

interface Codes {
  parameters: { query?: never; header?: never; path?: never; cookie?: never }
  requestBody?: never
  responses: {
    200: Json<Reply.CodesBody>
    401: Json<Reply.ErrorBody>
    404: Json<Reply.ErrorBody>
    422: Json<Reply.ErrorBody>
  }
}

// A type and not an interface, because openapi-fetch needs an index signature.
type Paths = {
  "/user/otp/recovery-codes": { get: Codes; post: Codes }
  "/user/otp/sms/receive": {
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never }
      requestBody?: never
      responses: {
        204: NoContent
        400: Json<Reply.ErrorBody>
        401: Json<Reply.ErrorBody>
        422: Json<Reply.ErrorBody>
        500: Json<Reply.ErrorBody>
      }
    }
  }
  "/user/otp/verify/{otp}": {
    post: {
      parameters: { query?: never; header?: never; path: { otp: string }; cookie?: never }
      requestBody?: never
      responses: { 204: NoContent; 400: Json<Reply.ErrorBody>; 401: Json<Reply.ErrorBody> }
    }
  }
}

const reply = <B, A>(
  { data, error, response }: { readonly data?: B; readonly error?: Reply.ErrorBody; readonly response: Response },
  read: (data: B | undefined) => A
): Reply.Reply<A> => (error === undefined ? Reply.success(read(data)) : Reply.refused(response.status, error))

export const make = ({ baseUrl, fetch, token }: Options): Promised => {
  const client = createClient<Paths>({ baseUrl, fetch, headers: { "x-auth-token": token } })

  return {
    findRecoveryCodes: async () => reply(await client.GET("/user/otp/recovery-codes"), Reply.codesOf),
    regenerateCodes: async () => reply(await client.POST("/user/otp/recovery-codes"), Reply.codesOf),
    receiveCodes: async () => reply(await client.POST("/user/otp/sms/receive"), Reply.nothingOf),
    findEnsureOtp: async (otp) =>
      reply(await client.POST("/user/otp/verify/{otp}", { params: { path: { otp } } }), Reply.nothingOf)
  }
}
