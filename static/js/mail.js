// The letter that the server has written down is opened by the mail program; this page stays.
document.addEventListener("letter", ({ detail }) => location.assign(detail.url))

// A button outside of its form has an address of its own, which htmx does not look for.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const action = detail.triggeringEvent?.submitter?.getAttribute("formaction")
  if (action) detail.path = action
})
