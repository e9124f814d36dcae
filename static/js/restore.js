// A page that comes back from the browser's memory may be out of date, or somebody else's: load it anew.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload()
})
