import "./_keeping.js"

// Going back shows a record as it is now, and a form as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted && !document.querySelector("form[data-keep]")) location.reload()
})
