/** Makes the calls in a worker, and replies with the results. */
import { calls } from "./calls.mjs"

export default {
  fetch: async (request) => Response.json(await calls(await request.json()))
}
