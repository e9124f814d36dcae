// Toasts leave by themselves after a while, unless somebody is reading them or they say "no";
// a request that is lost shows one.
const SHOWN_FOR = 8000
const toasts = document.getElementById("toasts")

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, SHOWN_FOR, toast)
  else toast.remove()
}

function come(toast) {
  if (toast.matches?.(".toast:not(.refusal)")) setTimeout(leave, SHOWN_FOR, toast)
}

function show(id) {
  toasts.append(document.getElementById(id).content.cloneNode(true))
}

for (const toast of toasts.children) come(toast)
new MutationObserver((changes) => {
  for (const change of changes) change.addedNodes.forEach(come)
}).observe(toasts, { childList: true })

toasts.addEventListener("click", ({ target }) => {
  if (target.closest("button")?.ariaLabel === "Dismiss") target.closest(".toast").remove()
})
document.addEventListener("htmx:sendError", () => show("unreachable"))
document.addEventListener("htmx:timeout", () => show("unreachable"))
document.addEventListener("htmx:responseError", () => show("failed"))
