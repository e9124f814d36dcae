// The three dots of a row open one menu for the whole table, beside them; without this file they
// lead to a page of their own.
const menu = document.getElementById("row-menu")
const items = menu ? [...menu.querySelectorAll("[role=menuitem]")] : []
let dots = null

function place() {
  const { bottom, top, right } = dots.getBoundingClientRect()
  const { offsetHeight, offsetWidth } = menu
  const below = bottom + offsetHeight < innerHeight
  menu.style.top = `${below ? bottom + 2 : top - offsetHeight - 2}px`
  menu.style.left = `${right - offsetWidth}px`
}

function open(button) {
  dots = button
  const lead = button.getAttribute("formaction").replace(/menu$/, "")
  for (const item of items) item.href = lead + item.dataset.way
  for (const name of ["aria-label", "aria-labelledby"]) menu.setAttribute(name, button.getAttribute(name) ?? "")
  menu.showPopover()
  place()
  items[0].focus()
}

function step(by) {
  const at = items.indexOf(document.activeElement)
  items.at((at + by) % items.length).focus()
}

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Home: () => items[0].focus(),
  End: () => items.at(-1).focus(),
  Tab: () => menu.hidePopover(),
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[formaction$=menu]")
  if (!menu || !button) return
  event.preventDefault()
  if (button === dots && menu.matches(":popover-open")) menu.hidePopover()
  else open(button)
})

menu?.addEventListener("keydown", (event) => {
  if (!KEYS[event.key]) return
  if (event.key !== "Tab") event.preventDefault()
  KEYS[event.key]()
})
menu?.addEventListener("click", () => menu.hidePopover())
menu?.addEventListener("toggle", ({ newState }) => {
  if (newState === "closed" && menu.contains(document.activeElement)) dots.focus()
})
