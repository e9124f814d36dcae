// Keys. An element says its own key, data-key="n" or data-key="g q"; pressing it clicks or focuses it.
import { tinykeys } from "../vendor/tinykeys.js"

const rows = () => [...document.querySelectorAll("tbody tr[id] th a")]

// Behind an open dialog nothing moves and nothing is pressed.
const stage = () => document.querySelector("dialog[open]") ?? document

function step(by) {
  if (stage() !== document) return
  const links = rows()
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector("th a"))
  const next = here < 0 ? 0 : here + by
  links[Math.min(Math.max(next, 0), links.length - 1)]?.focus()
}

function press(key) {
  // Of two toasts the newer one is meant.
  const element = [...stage().querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].at(-1)
  if (element?.matches("input")) element.select()
  element?.[element.matches("input") ? "focus" : "click"]()
}

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")

// A key that needs Shift on one keyboard needs none on another.
const shiftless = (key) => (/^\W$/.test(key) ? [key, `Shift+${key}`] : [key])

// What comes onto the page later has keys too: the outcomes of a dialog, the toast's Undo.
const LATER = ["1", "2", "3", "4", "5", "6", "u"]
const here = [...document.querySelectorAll("[data-key]")].map(({ dataset }) => dataset.key)
const deeds = { j: () => step(1), k: () => step(-1) }
for (const key of [...here, ...LATER]) deeds[key] = () => press(key)

const bindings = Object.entries(deeds).flatMap(([key, deed]) =>
  shiftless(key).map((written) => [
    written,
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return
      event.preventDefault()
      deed()
    },
  ]),
)

if (document.body.dataset.keys !== "off") tinykeys(window, Object.fromEntries(bindings))
