/** The calls in a worker. */
import { calls } from "./calls.mjs"

export default {
  fetch: async (request) => Response.json(await calls(await request.json()))
}
