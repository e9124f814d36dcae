// Keeps the times on an open page true: "5 min" grows, and a facility's clock goes on.
const MINUTE = 60_000
const UNITS = [
  ["d", 1440],
  ["h", 60],
  ["min", 1],
]

// The server's clock decides; this machine's may be wrong.
const page = document.querySelector("[data-now]")
const behind = page ? Date.parse(page.dataset.now) - Date.now() : 0

function ago(instant) {
  const minutes = Math.floor((Date.now() + behind - Date.parse(instant)) / MINUTE)
  const [unit, size] = UNITS.find(([, size]) => minutes >= size) ?? []
  return unit ? `${Math.floor(minutes / size)} ${unit}` : "now"
}

function clock(timeZone) {
  const now = new Date(Date.now() + behind)
  return now.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" })
}

setInterval(() => {
  for (const time of document.querySelectorAll("time.ago")) time.textContent = ago(time.dateTime)
  for (const time of document.querySelectorAll("time[data-zone]")) {
    time.textContent = clock(time.dataset.zone)
  }
}, MINUTE)
