// Comfort only: every page works without it.
import "htmx.org"

// A second click while the first is under way sends nothing; the back button makes the button usable again.
document.addEventListener("submit", (event) => {
  const form = event.target
  if (form.method !== "post" || event.defaultPrevented) return
  if (form.dataset.sent === "yes") {
    event.preventDefault()
    return
  }
  form.dataset.sent = "yes"
  form.querySelectorAll("button:not([type='button'])").forEach((button) => button.setAttribute("aria-busy", "true"))
})
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"))
  })
})

// After a refusal the reader stands at the summary of faults.
document.querySelector("[data-faults]")?.focus()

// What needs a script is shown by it; a page that another script has put in place says `shown`.
function unhide() {
  document.querySelectorAll("[data-print], [data-copy]").forEach((button) => { button.hidden = false })
}
unhide()
document.addEventListener("shown", unhide)
document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) print()
  const button = event.target.closest("[data-copy]")
  if (!button) return
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim())
  button.textContent = button.dataset.copied
})
