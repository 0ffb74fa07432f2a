// Comfort only: without it each form is sent as a form.
// A form that is kept is sent beside the page: whatever breaks on the way, what was typed still stands here.
// Where it leads may take its place in the history, so that going back leads past what is done.
// `data-most`: the megabytes that a file may have.
const MEGABYTE = 1024 * 1024
const UNSURE = "连接中断或服务没有回应，是否已办理尚不确定。已填写的都还在，请再按一次：同一份表单只会办理一次。"
const ENDED = "登录已过期，这次提交尚未办理，您填写的内容都还在。请重新登录，再回到本页提交。"

function tell(form, words) {
  let note = form.previousElementSibling
  if (!note?.matches("[data-faults]")) {
    note = document.createElement("div")
    note.className = "note bad"
    note.setAttribute("role", "alert")
    note.tabIndex = -1
    note.dataset.faults = ""
    form.before(note)
  }
  note.replaceChildren(Object.assign(document.createElement("p"), { textContent: words }))
  note.focus()
  return note
}

// In a window of its own: this one keeps what was typed, and the files that were chosen.
function askToSignIn(form) {
  const link = { textContent: "在新窗口重新登录", href: "/sign-in?return_to=/sign-in/done", target: "_blank", rel: "opener" }
  const note = tell(form, ENDED)
  note.append(Object.assign(document.createElement("a"), link))
}

function busy(form, is) {
  form.dataset.sent = is ? "yes" : ""
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-busy", String(is)))
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html")
  document.title = page.title
  const chosen = [...document.querySelectorAll("main input[type=file]")].map((input) => [input.id, input.files])
  document.querySelector("main").replaceWith(page.querySelector("main"))
  for (const [id, files] of chosen) {
    const input = document.getElementById(id)
    if (input) input.files = files
  }
  document.dispatchEvent(new Event("shown"))
  const first = document.querySelector("[data-faults]") ?? document.querySelector("h1")
  first.tabIndex = -1
  first.focus()
  scrollTo(0, 0)
}

function tooLarge(form) {
  const inputs = [...form.querySelectorAll("input[type=file]")]
  return inputs.some((input) => [...input.files].some((file) => file.size > form.dataset.most * MEGABYTE))
}

function send(form) {
  const request = new XMLHttpRequest()
  const progress = form.querySelector("progress")
  const multipart = form.enctype === "multipart/form-data"
  const data = new FormData(form)
  request.open("POST", form.action)
  request.timeout = multipart ? 0 : 30_000
  if (progress) {
    progress.hidden = false
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = Math.round((100 * event.loaded) / event.total)
    })
  }
  const failed = () => {
    busy(form, false)
    if (progress) progress.hidden = true
    tell(form, UNSURE)
  }
  request.addEventListener("error", failed)
  request.addEventListener("timeout", failed)
  request.addEventListener("abort", failed)
  request.addEventListener("load", () => {
    if (request.status >= 500) failed()
    else if (request.status === 401) {
      busy(form, false)
      askToSignIn(form)
    } else if (request.status === 204) location.replace(request.getResponseHeader("Location"))
    else if (request.responseURL === form.action) show(request.responseText)
    else location.assign(request.responseURL)
  })
  busy(form, true)
  request.send(multipart ? data : new URLSearchParams(data))
}

// Before the page's own listener, which would only mark the form as sent.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target
    if (!form.matches("[data-keep]")) return
    event.preventDefault()
    if (form.dataset.sent === "yes") return
    if (tooLarge(form)) tell(form, `文件超过 ${form.dataset.most} MB，没有上传。`)
    else send(form)
  },
  true,
)
