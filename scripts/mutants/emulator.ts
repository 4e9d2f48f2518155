import type { Mutant } from "./Mutant.ts"

const at = (file: string, ...tests: ReadonlyArray<string>) => ({
  file: `emulator/src/${file}`,
  in: "emulator" as const,
  tests
})

const steps = at("internal/steps.ts", "test/Emulator.test")
const totp = at("Totp.ts", "Totp")
const codes = at("internal/codes.ts", "internal/codes")
const settings = at("internal/settings.ts", "test/Emulator.test")
const delivery = at("internal/delivery.ts", "EmulatorServer")
const routes = at("internal/routes.ts", "View", "EmulatorServer")
const paths = at("internal/paths.ts", "View", "EmulatorServer")
const cors = at("internal/cors.ts", "EmulatorServer")
const docs = at("internal/docs.ts", "EmulatorServer")
const server = at("EmulatorServer.ts", "EmulatorServer")
const guard = at("internal/page/guard.ts", "test/Page.test")
const reveal = at("internal/page/reveal.ts", "test/PageData.test")
const sealing = at("internal/sealing.ts", "SqliteStore")
const database = at("internal/database.ts", "SqliteStore")
const sqlite = at("SqliteStore.ts", "SqliteStore", "test/Store.test")
const memory = at("Store.ts", "test/Store.test", "test/Emulator.test")
const view = at("internal/view.ts", "View")
const faults = at("Faults.ts", "Faults")
const webhook = at("SmsDelivery.ts", "SmsDelivery")

/** The guards of the emulator. What the page's own scripts do is shown in a browser, and not broken here. */
export const emulator: ReadonlyArray<Mutant> = [
  {
    ...steps,
    guard: "the code of an SMS works once",
    find: "if (sms !== -1) return withSecrets(account, { pending: without(pending, otp) })",
    replace: "if (sms !== -1) return account"
  },
  {
    ...steps,
    guard: "the code of an SMS expires",
    find: "pending.filter(({ expiresAt }) => expiresAt > now)",
    replace: "pending"
  },
  { ...steps, guard: "to the millisecond", find: "=> expiresAt > now)", replace: "=> expiresAt >= now)" },
  {
    ...memory,
    guard: "an outbox that is cleared is empty",
    find: "outbox.length = 0",
    replace: ""
  },
  {
    ...sqlite,
    guard: "in SQLite too",
    find: "cut.run(lastSms)),",
    replace: "undefined),"
  },
  {
    ...steps,
    guard: "a lock can be ended",
    find: "({ ...account, wrongAt: [], lockedUntil: null })",
    replace: "account",
    tests: ["test/Store.test"]
  },
  {
    ...steps,
    guard: "a user has so many codes of SMS at a time",
    find: ".slice(-maxPending)",
    replace: ""
  },
  {
    ...steps,
    guard: "the code of an SMS that was not delivered does not work",
    find: "withSecrets(account, { pending: without(Redacted.value(account.secrets).pending, Redacted.value(otp)) })",
    replace: "account",
    tests: ["SmsDelivery"]
  },
  { ...steps, guard: "a recovery code works once", find: "usedAt === null ? [code] : []", replace: "[code]" },
  {
    ...steps,
    guard: "new recovery codes end the old ones",
    find: "recoveryCodes: codes.map((code) => ({ code, usedAt: null }))",
    replace:
      "recoveryCodes: [...codes.map((code) => ({ code, usedAt: null })), ...Redacted.value(before.secrets).recoveryCodes]"
  },
  {
    ...steps,
    guard: "there are no recovery codes with two-factor authentication off",
    find: "twoFactor ? Redacted.value(secrets)",
    replace: "true ? Redacted.value(secrets)"
  },
  {
    ...steps,
    guard: "no app is asked with two-factor authentication off",
    find: "account.twoFactor && totp !== null",
    replace: "totp !== null",
    tests: ["test/Store.test"]
  },
  {
    ...steps,
    guard: "the accepted step is remembered",
    find: "totpStep: step.value",
    replace: "totpStep: account.totpStep"
  },
  {
    ...steps,
    guard: "a locked user gets nothing verified",
    find: "account.lockedUntil !== null && account.lockedUntil > now",
    replace: "false"
  },
  {
    ...steps,
    guard: "too many wrong OTPs lock",
    find: "wrongAt.length >= wrongOtps.max",
    replace: "false"
  },
  {
    ...steps,
    guard: "a lock ends",
    find: "account.lockedUntil !== null && account.lockedUntil > now",
    replace: "account.lockedUntil !== null"
  },
  {
    ...steps,
    guard: "wrong OTPs of long ago don't lock",
    find: "[...recent(account.wrongAt, wrongOtps, now), now]",
    replace: "[...account.wrongAt, now]"
  },
  {
    ...steps,
    guard: "a right OTP starts the count over",
    find: "account: unlocked(used)",
    replace: "account: used"
  },
  { ...steps, guard: "SMS have a limit", find: "smsAt.length >= smsLimit.max", replace: "false" },

  {
    ...totp,
    guard: "no time step is accepted again, nor one before it",
    find: "options.after !== null && found <= options.after",
    replace: "false"
  },
  { ...totp, guard: "nor one before it", find: "found <= options.after", replace: "found === options.after" },
  {
    ...totp,
    guard: "the window ends with its newest step",
    find: "options.now) + options.window",
    replace: "options.now) + options.window + 1"
  },
  {
    ...totp,
    guard: "the window begins with its oldest step",
    find: "newest - 2 * options.window)",
    replace: "newest - 2 * options.window - 1)"
  },
  {
    ...totp,
    guard: "a secret is long enough",
    find: " && Math.floor((text.length * 5) / 8) >= minimumBytes",
    replace: ""
  },

  { ...codes, guard: "no letter is likelier than another", find: "byte < limit && ", replace: "" },
  {
    ...settings,
    guard: "no two users share a token or a name",
    find: "if (other !== undefined) return",
    replace: "if (false) return"
  },
  {
    ...settings,
    guard: "the accepted step goes with the secret that it was of",
    find: "totpStep: isSameApp ? (before?.totpStep ?? null) : null",
    replace: "totpStep: before?.totpStep ?? null",
    tests: ["test/Store.test"]
  },
  {
    ...settings,
    guard: "the accepted step outlives a restart",
    find: "totpStep: isSameApp ? (before?.totpStep ?? null) : null",
    replace: "totpStep: null",
    tests: ["test/Store.test"]
  },
  {
    ...settings,
    guard: "a lock outlives a restart",
    find: "lockedUntil: before?.lockedUntil ?? null",
    replace: "lockedUntil: null",
    tests: ["test/Store.test"]
  },

  {
    ...delivery,
    guard: "a token is needed for every path and method",
    find: "Option.isNone(user) ? Effect.succeed(unauthorized) : handler",
    replace: "handler"
  },
  {
    ...paths,
    guard: "the log masks an OTP",
    find: "return mountedAt + template.path",
    replace: "return pathOf(request)"
  },
  {
    ...paths,
    guard: "the log masks what follows verify, mistyped too",
    find: '.replace(/(\\/verify\\/).+/is, "$1{otp}")',
    replace: ""
  },
  {
    ...paths,
    guard: "the log masks what could be an OTP under another path",
    find: '(couldBeOtp(segment) ? "{otp}" : segment)',
    replace: "segment"
  },
  {
    ...paths,
    guard: "a recovery code too, under another path",
    find: "|^[2-9a-hjkmnp-z]{10}$/i",
    replace: "/i"
  },
  {
    ...paths,
    guard: "the log and the faults read a path as the router does: decoded",
    find: "decoded(path, decodeURI)",
    replace: "path"
  },
  {
    ...paths,
    guard: "without doubled slashes",
    find: '.replaceAll(/\\/{2,}/g, "/")',
    replace: ""
  },
  {
    ...paths,
    guard: "without a trailing slash",
    find: 'read.length > 1 && read.endsWith("/") ? read.slice(0, -1) : read',
    replace: "read"
  },
  {
    ...guard,
    guard: "only the page itself is for links of others, by the path that the router reads",
    find: 'pathOf(request) === "/"',
    replace: 'URL.parse(request.url, "http://emulator")?.pathname === "/"'
  },
  {
    ...routes,
    guard: "nothing is traced",
    find: "Layer.succeed(HttpMiddleware.TracerDisabledWhen, constTrue)",
    replace: "Layer.empty"
  },
  {
    ...routes,
    guard: "a lock says how long to wait",
    find: 'headers: { "retry-after": String(Math.ceil(Duration.toSeconds(retryAfter))) }',
    replace: "headers: {}"
  },

  {
    ...cors,
    guard: "only pages of this machine may read",
    find: "/^https?:\\/\\/(?:(?:[a-z\\d-]+\\.)*localhost|127\\.0\\.0\\.1|\\[::1\\])(?::\\d+)?$/.test(origin)",
    replace: "true"
  },
  { ...cors, guard: "localhost.example.com is not this machine", find: "(?::\\d+)?$/", replace: "(?::\\d+)?/" },
  { ...cors, guard: "a reply depends on who asks", find: 'vary: "Origin",', replace: "" },
  {
    ...cors,
    guard: "only pages of this machine may ask",
    find: "origin !== undefined && isLocalOrigin(origin) && headers[",
    replace: "headers["
  },
  {
    ...cors,
    guard: "a page's connection ends with the reply",
    find: 'headers["origin"] === undefined && headers["sec-fetch-site"] === undefined',
    replace: "true",
    tests: ["EmulatorServer", "Faults"]
  },
  { ...docs, guard: "the reference talks to the emulator only", find: "connect-src 'self'", replace: "connect-src *" },
  { ...docs, guard: "the reference is in no frame", find: "frame-ancestors 'none'", replace: "frame-ancestors *" },

  { ...server, guard: "only this machine is served", find: 'host = "127.0.0.1"', replace: 'host = "0.0.0.0"' },
  {
    ...server,
    guard: "an offer of HTTP/2 leaves the connection as it is",
    find: "yield* ignoreUpgrades(server)",
    replace: "",
    tests: ["Clients"]
  },
  {
    ...server,
    guard: "others see no page unless asked for",
    find: "page === false || (page === undefined && isPublic)",
    replace: "page === false",
    tests: ["test/Page.test"]
  },
  {
    ...server,
    guard: "the address can be asked",
    find: " || !NetAddress.isUnspecified(address.address)",
    replace: " || true"
  },

  {
    ...guard,
    guard: "no name can be rebound to the page",
    find: "if (!isOwnHost(host, hosts))",
    replace: "if (false)"
  },
  {
    ...guard,
    guard: "a name is that of this server with its port",
    find: "host === `${name}:${port}`",
    replace: "host.startsWith(name)"
  },
  {
    ...guard,
    guard: "IP addresses are fine where the server is public",
    find: "(isPublic && ipAddress.test(host))",
    replace: "ipAddress.test(host)"
  },
  {
    ...guard,
    guard: "names are not fine where the server is public",
    find: "(isPublic && ipAddress.test(host))",
    replace: "isPublic"
  },
  {
    ...guard,
    guard: "no page of another site reads or sets",
    find: '(site !== undefined && site !== "same-origin" && site !== "none")',
    replace: "false"
  },
  {
    ...guard,
    guard: "no page of another origin reads or sets",
    find: "(origin !== undefined && origin !== `http://${host}`)",
    replace: "false"
  },
  {
    ...guard,
    guard: "no form sets faults",
    find: '/^application\\/json *(?:;|$)/i.test(headers["content-type"] ?? "")',
    replace: "true",
    tests: ["test/PageData.test"]
  },
  { ...guard, guard: "the page loads nothing by default", find: "default-src 'none'", replace: "default-src *" },
  { ...guard, guard: "no script of a stranger runs", find: "script-src 'self'", replace: "script-src 'unsafe-inline'" },
  { ...guard, guard: "the page is in no frame", find: "frame-ancestors 'none'", replace: "frame-ancestors *" },
  {
    ...guard,
    guard: "no text becomes markup",
    find: "require-trusted-types-for 'script'",
    replace: "upgrade-insecure-requests"
  },
  { ...guard, guard: "nothing of the page is kept", find: '"cache-control": "no-store",', replace: "" },
  {
    ...guard,
    guard: "no other page loads what is in this one",
    find: '"cross-origin-resource-policy": "same-origin",',
    replace: ""
  },

  {
    ...reveal,
    guard: "the page masks what requests carried",
    find: "newest(found).map(request)",
    replace: "newest(found).map((one) => ({ ...request(one), ...requestSecrets(one) }))"
  },
  { ...reveal, guard: "the page shows the newest only", find: "list.slice(-listSize)", replace: "list.slice()" },
  {
    ...reveal,
    guard: "the page shows what is of the users that are searched for",
    find: 'search === "" ?',
    replace: "true ?"
  },
  { ...reveal, guard: "the page shows some users at a time", find: "limit: usersSize", replace: "limit: 1000" },
  {
    ...reveal,
    guard: "a code that was used is not shown as one that works",
    find: "if (works) return",
    replace: "if (expiresAt > now) return"
  },

  {
    ...sqlite,
    guard: "nothing is in the clear",
    find: "sealed(Schema.fromJsonString(Account), sealing)",
    replace:
      "sealed(Schema.fromJsonString(Account), { ...sealing, seal: (_, text) => Buffer.from(text), unseal: (_, bytes) => Result.succeed(Buffer.from(bytes).toString()) })",
    tests: ["SqliteStore"]
  },
  {
    ...sealing,
    guard: "no token is in the clear",
    find: 'createHmac("sha256", tokens).update(Redacted.value(authToken)).digest()',
    replace: "Buffer.from(Redacted.value(authToken))"
  },
  {
    ...sealing,
    guard: "no record can be moved",
    find: [".setAAD(Buffer.from(place))", ".setAAD(Buffer.from(place))"],
    replace: ""
  },
  {
    ...database,
    guard: "the file is for its owner alone",
    find: "0o600",
    replace: "0o644"
  },
  {
    ...database,
    guard: "a wrong key is refused",
    find: 'Result.isFailure(sealing.unseal("meta", sealed))',
    replace: "false"
  },
  { ...database, guard: "a key is not empty", find: 'Redacted.value(key) === ""', replace: "false" },
  {
    ...database,
    guard: "nobody else's database is used",
    find: "application_id !== applicationId",
    replace: "false"
  },
  { ...database, guard: "no other version is used", find: "user_version !== version", replace: "false" },
  {
    ...database,
    guard: "one emulator at a time has the file",
    find: "PRAGMA locking_mode = EXCLUSIVE; ",
    replace: ""
  },
  {
    ...sqlite,
    guard: "a failed operation leaves nothing by half",
    find: "if (Result.isFailure(written) && database.isTransaction) rollback.run()",
    replace: ""
  },
  {
    ...sqlite,
    guard: "a refusal that changes nothing writes nothing",
    find: "if (account === undefined && carriedOut === undefined && sent === undefined) return Option.some(reply)",
    replace: "",
    tests: ["SqliteStore"]
  },
  { ...sqlite, guard: "the file's outbox is bounded", find: "          cut.run(id - outboxSize)\n", replace: "" },
  {
    ...sqlite,
    guard: "a user who is not started with is unknown",
    find: "        active.clear()\n",
    replace: "",
    tests: ["test/Store.test"]
  },
  {
    ...memory,
    guard: "nor is one of an earlier emulator",
    find: "active.has(token) ? kept.get(token) : undefined",
    replace: "kept.get(token)"
  },
  { ...memory, guard: "the outbox is bounded", find: "outbox.slice(-outboxSize)", replace: "outbox.slice()" },
  {
    ...view,
    guard: "the log is bounded",
    find: "requests.slice(-settings.requestLogSize)",
    replace: "requests.slice()"
  },
  {
    ...at("internal/bounded.ts", "internal/bounded"),
    guard: "what is not wanted is let go of",
    find: "if (list.length > 2 * size) list.splice(0, list.length - size)",
    replace: ""
  },
  { ...faults, guard: "the log of faults is bounded", find: "injected.slice(-logSize)", replace: "injected.slice()" },
  {
    ...faults,
    guard: "all faults are counted",
    find: "injectedCount: state.injectedCount + 1",
    replace: "injectedCount: state.injected.length"
  },

  {
    ...webhook,
    guard: "no redirect is followed with a code",
    find: 'redirect: "manual"',
    replace: 'redirect: "follow"',
    tests: ["EmulatorConfig"]
  },
  {
    ...webhook,
    guard: "a webhook has no credentials in its URL",
    find: ' || url.username !== "" || url.password !== ""',
    replace: ""
  },
  {
    ...webhook,
    guard: "no span shows what a webhook is sent",
    find: "Effect.provideService(HttpClient.TracerDisabledWhen, () => true),",
    replace: ""
  }
]
