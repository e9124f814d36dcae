// The bell, live: asks every 19 seconds whether it has rung, unless nobody looks.
const EVERY = 19_000
let asked = Date.now()

async function look(known) {
  asked = Date.now()
  const bell = document.getElementById("bell")
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href }
  const signal = AbortSignal.timeout(EVERY)
  const url = `${bell.dataset.url}?known=${known ?? bell.dataset.known}`
  const answer = await fetch(url, { headers, signal }).catch(() => null)
  const elsewhere = answer?.headers.get("HX-Redirect")
  if (elsewhere) leave(elsewhere)
  else if (answer?.status === 200) show(await answer.text())
  // The numbers of a dashboard change by others' hands, and by themselves.
  for (const numbers of document.querySelectorAll("[data-polls]")) htmx.trigger(numbers, "stale")
}

// Whoever listens may have a reason to stay.
function leave(elsewhere) {
  if (document.dispatchEvent(new Event("left", { cancelable: true }))) location = elsewhere
}

function show(lines) {
  const bell = document.getElementById("bell")
  const { known } = bell.dataset
  htmx.swap(bell, lines, { swapStyle: "morph:outerHTML" }, { contextElement: bell })
  // What has rung may have moved a row: lists look again.
  if (document.getElementById("bell").dataset.known === known) return
  for (const list of document.querySelectorAll("[data-refreshes]")) htmx.trigger(list, "stale")
}

// Not all the open pages at the same moment.
function soon() {
  setTimeout(() => {
    if (!document.hidden) look()
    soon()
  }, EVERY * (0.98 + Math.random() * 0.04))
}
if (document.getElementById("bell")) soon()

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Date.now() - asked > EVERY) look()
})

// The lines come when somebody opens it.
document.addEventListener(
  "beforetoggle",
  ({ target, newState }) => {
    if (target.id === "bell-lines" && newState === "open" && target.querySelector(".awaited")) look("")
  },
  true,
)

// A line that was read keeps the keyboard in the bell.
document.addEventListener("htmx:afterSwap", () => {
  if (document.activeElement === document.body) document.querySelector("#bell-lines:popover-open")?.focus()
})
