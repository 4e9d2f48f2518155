/** @import * as Json from "../json.ts" */
import { confirms, copies, find, html, showCode, text, toggles } from "./dom.js"
import { linkTo } from "./filter.js"
import { act, ask, keyed, left, now, sends } from "./live.js"

/** Closes what shows keys: they are others after a reset. */
export const closeKeys = () => {
  for (const details of document.querySelectorAll("#users li details")) details.removeAttribute("open")
}

/** How many users are shown with all that is theirs, unless one asks for more. */
const openAtFirst = 3

/**
 * The list of users.
 *
 * @param {() => void} onNextCode
 * @returns {(items: ReadonlyArray<Json.User>, total: number) => void}
 */
export const userList = (onNextCode) =>
  keyed(
    "users",
    html(document, "#users ul"),
    ({ name }) => name,
    (element, first) => {
      const app = html(element, ".app")
      const body = html(element, ".body")
      const details = find(element, "details", HTMLDetailsElement)
      const token = html(element, ".token code")
      let user = first
      let enrolled = first.twoFactor.app
      const { name } = first
      const path = `users/${encodeURIComponent(name)}`
      const ring = find(element, "circle + circle", SVGElement)
      const link = find(element, "h3 a", HTMLAnchorElement)
      text(link, name)
      link.href = linkTo(name)
      /** @param {string} place @param {string} label */
      const named = (place, label) => {
        const button = html(element, place)
        button.setAttribute("aria-label", `${label} of ${name}`)
        return button
      }
      copies(named(".app button", "Copy the app’s code"), () => appOf(user)?.code ?? "")
      copies(named(".copy-token", "Copy the token"), () => user.authToken)
      const copyNext = named(".copy-next", "Copy next recovery code")
      copies(copyNext, () => user.recoveryCodes.find(isUnused)?.code ?? "")
      const more = named(".more", "Details")
      /** Whether it is to be seen in full, if one has said so.
       * @type {boolean | undefined} */
      let isWanted
      more.addEventListener("click", () => {
        isWanted = body.hasAttribute("hidden")
        open(isWanted)
      })
      /** @param {boolean} isOpen */
      const open = (isOpen) => {
        body.hidden = !isOpen
        more.setAttribute("aria-expanded", String(isOpen))
      }
      const send = html(element, ".send")
      send.setAttribute("aria-label", `Send an SMS to ${name}`)
      send.addEventListener("click", () => act(`${path}/sms`, sends("POST"), ""))
      const remove = html(element, ".remove")
      remove.setAttribute("aria-label", `Remove ${name}`)
      confirms(remove, async () => {
        html(document, "#users-title").focus()
        await act(path, sends("DELETE"), `${name} is removed`)
      })
      let key = { secret: "", uri: "" }
      copies(named(".copy-key", "Copy key"), () => key.secret)
      copies(named(".copy-link", "Copy link"), () => key.uri)
      const unlock = named(".unlock", "Unlock the OTPs")
      unlock.addEventListener("click", () => {
        link.focus()
        void act(`${path}/lock`, sends("DELETE"), `${name} is not locked any more`)
      })
      const show = named(".show", "Show the token")
      const isShown = toggles(show, () => redraw())
      const redraw = () => text(token, isShown() ? user.authToken : "••••••••")
      details.addEventListener("toggle", async () => {
        details.querySelector("img")?.remove()
        text(html(details, "code"), "")
        if (!details.open) return
        const image = new Image()
        image.alt = `QR code to enrol ${name}`
        // Another address each time, or the browser shows the one that it has.
        image.src = `/_emulator/v1/${path}/app/qr.svg#${Date.now()}`
        details.append(image)
        /** @type {Json.App} */
        const { secret, uri } = await ask(`${path}/app`)
        key = { secret, uri }
        if (details.open) text(html(details, "code"), secret)
      })
      return {
        update: (next, index) => {
          user = next
          open(isWanted ?? index < openAtFirst)
          const unused = user.recoveryCodes.filter(isUnused).length
          text(html(element, ".phone"), user.phoneNumber ?? "no phone number")
          const shown = appOf(user)
          app.hidden = details.hidden = shown === null
          if (shown) showCode(app, shown.code)
          // Another key, or none: what is seen of the last one is over.
          if (enrolled !== user.twoFactor.app) details.open = false
          enrolled = user.twoFactor.app
          redraw()
          text(html(element, ".fixed"), user.fixedOtp === null ? "" : `Fixed code: every SMS carries ${user.fixedOtp}.`)
          text(html(element, ".ways"), waysOf(user))
          text(html(element, "h4 .soft"), `${unused} of ${user.recoveryCodes.length} left`)
          html(element, ".recovery").hidden = user.recoveryCodes.length === 0
          copyNext.toggleAttribute("disabled", unused === 0)
          showRecoveryCodes(html(element, ".codes"), user.recoveryCodes)
        },
        tick: () => {
          const isLocked = user.lockedUntil !== null && user.lockedUntil > now()
          text(html(element, ".note"), noteOf(user, isLocked))
          html(element, ".note").classList.toggle("bad", isLocked)
          unlock.hidden = !isLocked
          const shown = appOf(user)
          if (shown === null) return
          const wait = shown.nextCodeAt - now()
          text(html(element, ".left"), `${Math.max(0, Math.ceil(wait / 1000))} s`)
          ring.setAttribute("stroke-dashoffset", String(1 - Math.max(0, wait) / shown.period))
          if (wait <= 0) onNextCode()
        }
      }
    }
  )

/** @param {Json.User["recoveryCodes"][number]} code */
const isUnused = ({ usedAt }) => usedAt === null

/** @param {Json.User} user @param {boolean} isLocked */
const noteOf = ({ lockedUntil, wrongOtps }, isLocked) =>
  [
    isLocked ? `locked for ${left(lockedUntil ?? 0)}` : "",
    wrongOtps === 0 ? "" : wrongOtps === 1 ? "1 wrong OTP" : `${wrongOtps} wrong OTPs`
  ]
    .filter(Boolean)
    .join(", ")

/** The app that is on, or what it was seeded with. @param {Json.User} user */
const appOf = ({ app, seed }) => app ?? seed

/** By which ways the user proves who they are. @param {Json.User} user */
const waysOf = ({ twoFactor: { app, sms } }) => {
  const ways = [app === "on" ? "app" : "", sms === "on" ? "SMS" : ""].filter(Boolean)
  const on = ways.length === 0 ? "Two-factor off" : `Two-factor by ${ways.join(" and ")}`
  return app === "seeded" ? `${on}, app seeded: its code turns it on` : on
}

/** @param {HTMLElement} list @param {Json.User["recoveryCodes"]} codes */
const showRecoveryCodes = (list, codes) => {
  const shown = JSON.stringify(codes)
  if (list.dataset["shown"] === shown) return
  list.dataset["shown"] = shown
  list.replaceChildren(
    ...codes.map(({ code, usedAt }) => {
      const item = document.createElement("li")
      const place = document.createElement("code")
      const struck = usedAt === null ? place : document.createElement("s")
      if (usedAt !== null) place.append(struck)
      struck.textContent = code
      item.append(place)
      if (usedAt !== null) {
        const used = document.createElement("span")
        used.className = "unseen"
        used.textContent = " used"
        item.append(used)
      }
      return item
    })
  )
}
