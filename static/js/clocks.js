// Keeps the local time of a facility going on an open page.
const page = document.querySelector("[data-now]")
// The server's clock decides; this machine's may be wrong.
const behind = page ? Date.parse(page.dataset.now) - Date.now() : 0
const format = { hour: "2-digit", minute: "2-digit" }

setInterval(() => {
  const now = new Date(Date.now() + behind)
  for (const time of document.querySelectorAll("time[data-zone]")) {
    time.textContent = now.toLocaleTimeString("en-GB", { ...format, timeZone: time.dataset.zone })
  }
}, 10_000)
