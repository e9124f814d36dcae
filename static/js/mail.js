// The letter that the server has written down is opened by the mail program; this page stays.
document.addEventListener("letter", ({ detail }) => location.assign(detail.url))
