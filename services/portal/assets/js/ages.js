// A page that stays open says when its numbers have grown old.
const look = () =>
  document.querySelectorAll("[data-at]").forEach((made) => {
    const seconds = (Date.now() - Date.parse(made.dataset.at)) / 1000
    made.querySelector(".mark").hidden = seconds < Number(made.dataset.seconds)
    made.querySelector("[data-minutes]").textContent = Math.max(1, Math.floor(seconds / 60))
  })
look()
setInterval(look, 10_000)
