// Keys. An element says its own key, data-key="n" or data-key="g q"; pressing it clicks or focuses it.
import { tinykeys } from "../vendor/tinykeys.js"

const rows = () => [...document.querySelectorAll("tbody tr[id] th a")]

function step(by) {
  const links = rows()
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector("th a"))
  const next = here < 0 ? 0 : here + by
  links[Math.min(Math.max(next, 0), links.length - 1)]?.focus()
}

function press(key) {
  const element = document.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (element?.matches("input")) element.select()
  element?.[element.matches("input") ? "focus" : "click"]()
}

const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]")

// A key that needs Shift on one keyboard needs none on another.
const shiftless = (key) => (/^\W$/.test(key) ? [key, `Shift+${key}`] : [key])

const deeds = { j: () => step(1), k: () => step(-1) }
for (const { dataset } of document.querySelectorAll("[data-key]")) {
  deeds[dataset.key] = () => press(dataset.key)
}

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
