// The stream of events, as text: nothing of an event ever becomes markup.
const MOST = 200
const SILENT_SECONDS = 45

const room = document.querySelector("[data-live]")
if (room) start(room)

function start(room) {
  const list = document.getElementById("events")
  const model = document.getElementById("event")
  const none = document.getElementById("none")
  const state = room.querySelector("[data-state]")
  const beat = room.querySelector("[data-beat]")
  const pause = room.querySelector("[data-pause]")
  const owners = new Map([...document.querySelectorAll("#type optgroup")].flatMap((group) => [...group.children].map((each) => [each.value, group.label])))
  const names = new Map([...document.querySelectorAll("#type option")].map((each) => [each.value, each.textContent]))
  const regions = new Map([...document.querySelectorAll("#region option")].map((each) => [each.value, each.textContent]))
  const clock = new Intl.DateTimeFormat("zh-CN", { dateStyle: "long", timeStyle: "medium", timeZone: "Asia/Shanghai" })
  const waiting = []
  let paused = false
  let heard = Date.now()

  const tell = (text, kind) => {
    if (state.textContent !== text) state.textContent = text
    state.className = `mark ${kind}`
  }
  const shown = ({ source: from, position, event }) => {
    const item = model.content.firstElementChild.cloneNode(true)
    const when = item.querySelector("time")
    when.dateTime = event.time
    when.textContent = clock.format(new Date(event.time))
    item.querySelector(".mark").textContent = owners.get(event.type) ?? "其他"
    item.querySelector("strong").textContent = names.get(event.type) ?? event.type
    item.querySelector(".where").textContent = regions.get(event.region) ?? event.region ?? ""
    item.querySelector("summary").textContent = `${from} #${position}`
    item.querySelector("pre").textContent = JSON.stringify(event.data, null, 2)
    return item
  }
  const add = (told) => {
    list.prepend(shown(told))
    none.hidden = true
    while (list.children.length > MOST) list.lastElementChild.remove()
  }

  room.hidden = false
  const source = new EventSource(room.dataset.live)
  source.addEventListener("open", () => {
    heard = Date.now()
    tell("已连接", "good")
  })
  source.addEventListener("event", (message) => {
    heard = Date.now()
    const told = JSON.parse(message.data)
    if (!told.event) return
    if (!paused) return add(told)
    waiting.push(told)
    if (waiting.length > MOST) waiting.shift()
    pause.textContent = `继续（${waiting.length} 条新事件）`
  })
  source.addEventListener("heartbeat", () => {
    heard = Date.now()
    beat.textContent = `最近心跳 ${clock.format(new Date(heard))}`
    tell("已连接", "good")
  })
  source.addEventListener("end", (message) => {
    if (JSON.parse(message.data).reason !== "signed-out") return
    source.close()
    tell("登录已结束，请重新登录", "bad")
  })
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) tell("连接未成，请刷新本页", "bad")
    else tell("连接中断，正在重连", "warn")
  })
  setInterval(() => {
    if (source.readyState === EventSource.OPEN && Date.now() - heard > SILENT_SECONDS * 1000) tell("许久没有心跳，可能已中断", "warn")
  }, 5_000)

  pause.addEventListener("click", () => {
    paused = !paused
    pause.setAttribute("aria-pressed", String(paused))
    if (!paused) waiting.splice(0).forEach(add)
    pause.textContent = paused ? "继续" : "暂停"
  })
  room.querySelector("[data-announce]").addEventListener("change", (event) => {
    list.setAttribute("aria-live", event.target.checked ? "polite" : "off")
  })
}
