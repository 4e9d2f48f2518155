/** @import * as Json from "../json.ts" */
import { button, copies, find, html, showCode, text, toggles } from "./dom.js"
import { askFiltered, explain, linkTo, onFilter, showFilter } from "./filter.js"
import { ask, keyed, left, now, paced, remove, setClock } from "./live.js"

/** @type {(items: ReadonlyArray<Json.User>, total: number) => void} */
const showUsers = keyed(
  "users",
  html(document, "#users ul"),
  ({ name }) => name,
  (element, first) => {
    const app = html(element, ".app")
    const details = html(element, "details")
    const token = html(element, ".token code")
    let user = first
    const { name } = first
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
    copies(named(".app button", "Copy the app’s code"), () => user.app?.code ?? "")
    copies(named(".copy-token", "Copy the token"), () => user.authToken)
    const copyNext = named(".copy-next", "Copy next recovery code")
    copies(copyNext, () => user.recoveryCodes.find(isUnused)?.code ?? "")
    const copyKey = named(".copy-key", "Copy key")
    const copyLink = named(".copy-link", "Copy link")
    const unlock = named(".unlock", "Unlock the OTPs")
    unlock.addEventListener("click", () => {
      link.focus()
      void remove(`locks?${new URLSearchParams({ name })}`, `${name} is not locked any more`)
    })
    const show = named(".show", "Show the token")
    const isShown = toggles(show, () => redraw())
    const redraw = () => text(token, isShown() ? user.authToken : "••••••••")
    details.addEventListener(
      "toggle",
      async () => {
        const query = new URLSearchParams({ name })
        const image = new Image()
        image.alt = `QR code to enrol ${name}`
        image.src = `/_emulator/qr.svg?${query}`
        details.append(image)
        /** @type {Json.Enrolment} */
        const { secret, uri } = await ask(`enrolment?${query}`)
        text(html(details, "code"), secret)
        copies(copyKey, () => secret)
        copies(copyLink, () => uri)
      },
      { once: true }
    )
    return {
      update: (next) => {
        user = next
        const unused = user.recoveryCodes.filter(isUnused).length
        text(html(element, ".phone"), user.phoneNumber ?? "no phone number")
        app.hidden = details.hidden = user.app === null
        if (user.app) showCode(app, user.app.code)
        redraw()
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
        if (user.app === null) return
        const wait = user.app.nextCodeAt - now()
        text(html(element, ".left"), `${Math.max(0, Math.ceil(wait / 1000))} s`)
        ring.setAttribute("stroke-dashoffset", String(1 - Math.max(0, wait) / user.app.period))
        if (wait <= 0) load()
      }
    }
  }
)

/** @param {Json.User["recoveryCodes"][number]} code */
const isUnused = ({ usedAt }) => usedAt === null

/** @param {Json.User} user @param {boolean} isLocked */
const noteOf = ({ lockedUntil, twoFactor, wrongOtps }, isLocked) =>
  [
    isLocked ? `locked for ${left(lockedUntil ?? 0)}` : "",
    wrongOtps === 0 ? "" : wrongOtps === 1 ? "1 wrong OTP" : `${wrongOtps} wrong OTPs`,
    twoFactor ? "" : "two-factor off"
  ]
    .filter(Boolean)
    .join(", ")

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

/** How many users are left out before the first that is shown. */
let skipped = 0
const pageSize = 10
/** For the call that the page suggests. */
export let firstToken = ""

/** @param {number} by */
const turn = (by) => () => {
  skipped = Math.max(0, skipped + by)
  load()
}
button("#previous").addEventListener("click", turn(-pageSize))
button("#next").addEventListener("click", turn(pageSize))

export const load = paced(async () => {
  const offset = skipped
  /** @type {Json.Users} */
  const { now: at, total, users } = await askFiltered("users", { offset: String(offset) })
  setClock(at)
  if (offset === 0) firstToken = users[0]?.authToken ?? firstToken
  showUsers(users, total)
  showFilter(total)
  explain("#users .empty", "The emulator was started without users, so it refuses every token.", "No user")
  html(document, "#users nav").hidden = total <= pageSize
  text(html(document, "#range"), `${offset + 1} to ${offset + users.length} of ${total}`)
  button("#previous").disabled = offset === 0
  button("#next").disabled = offset + users.length >= total
})

onFilter(() => {
  skipped = 0
  load()
})
