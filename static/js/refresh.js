// Keeps an open list true while somebody looks at it: bands, times and chips are the server's word.
const EVERY = 60_000
let asked = Date.now()

function refresh() {
  const list = document.querySelector("[data-refreshes]")
  if (!list || document.hidden || Date.now() - asked < EVERY) return
  asked = Date.now()
  htmx.trigger(list, "stale")
}

document.addEventListener("visibilitychange", refresh)
setInterval(refresh, EVERY / 4)

// A page that comes back from the browser's memory may be out of date, or somebody else's: load it anew.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload()
})
