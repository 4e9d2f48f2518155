/**
 * A user in the section of the users.
 *
 * @import * as Json from "../json.ts"
 */
import { confirms, copies, find, html, showCode, text, toggles } from "./dom.js"
import { linkTo } from "./filter.js"
import { act, ask, keyed, left, now, sends } from "./live.js"

/** Hides the QR codes and keys. A reset makes new ones. */
export const closeKeys = () => {
  for (const details of document.querySelectorAll("#users li details")) details.removeAttribute("open")
}

/** The number of users whose details are open at first. */
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
      /** Whether the person opened or closed the details.
       * @type {boolean | undefined} */
      let isOpenByHand
      more.addEventListener("click", () => {
        isOpenByHand = body.hasAttribute("hidden")
        open(isOpenByHand)
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
        await act(path, sends("DELETE"), `${name} was removed`)
      })
      let key = { secret: "", uri: "" }
      copies(named(".copy-key", "Copy key"), () => key.secret)
      copies(named(".copy-link", "Copy link"), () => key.uri)
      const unlock = html(element, ".unlock")
      unlock.setAttribute("aria-label", `Unlock ${name}`)
      unlock.addEventListener("click", () => {
        link.focus()
        void act(`${path}/lock`, sends("DELETE"), `${name} was unlocked`)
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
        // A new address each time: the browser would show the old picture.
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
          open(isOpenByHand ?? index < openAtFirst)
          const unused = user.recoveryCodes.filter(isUnused).length
          text(html(element, ".phone"), user.phoneNumber ?? "no phone number")
          send.toggleAttribute("disabled", user.phoneNumber === null)
          const shown = appOf(user)
          app.hidden = details.hidden = shown === null
          if (shown) showCode(app, shown.code)
          // The app has another key now, or none.
          if (enrolled !== user.twoFactor.app) details.open = false
          enrolled = user.twoFactor.app
          redraw()
          text(html(element, ".fixed"), user.fixedOtp === null ? "" : `Every SMS has the OTP ${user.fixedOtp}.`)
          text(html(element, ".ways"), factorsText(user))
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

/** The app, or the seed while there is no app. @param {Json.User} user */
const appOf = ({ app, seed }) => app ?? seed

/** The factors of a user as a text. @param {Json.User} user */
const factorsText = ({ twoFactor: { app, sms } }) => {
  const factors = [app === "on" ? "app" : "", sms === "on" ? "SMS" : ""].filter(Boolean)
  const on = factors.length === 0 ? "Two-factor off" : `Two-factor by ${factors.join(" and ")}`
  return app === "seeded" ? `${on}, app seeded: waits for its first code` : on
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
