import type { Operation } from "@metal-otp/schema/Operation"
import { CallRejected } from "@metal-otp/schema/OtpsError"

/** Counts the calls under way of a promise client, so that closing it can wait for them. */
export class OpenCalls {
  #count = 0
  #closed: Promise<void> | undefined
  #onLastEnd: (() => void) | undefined

  /** Runs a call. Rejects with `CallRejected`, `"ClientClosed"`, if the client is closed. */
  async run<A>(operation: Operation, call: () => Promise<A>): Promise<A> {
    if (this.#closed !== undefined) throw new CallRejected({ operation, reason: "ClientClosed" })
    this.#count++
    try {
      return await call()
    } finally {
      this.#count--
      if (this.#count === 0) this.#onLastEnd?.()
    }
  }

  /** Closes the client. Resolves when the last call has ended. */
  close(): Promise<void> {
    return (this.#closed ??= new Promise((resolve) => {
      if (this.#count === 0) resolve()
      else this.#onLastEnd = resolve
    }))
  }
}
