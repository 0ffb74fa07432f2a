import "./_keeping.js"

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-leave]")
  if (!link) return
  event.preventDefault()
  document.body.replaceChildren()
  location.replace(link.href)
})
