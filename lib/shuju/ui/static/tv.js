// The big screen: asks for slides as plain HTML, shows one after the other, and keeps the last of each while the line or the server is away.
// Nothing is ever written: no form, no POST.
const body = document.body, stage = document.getElementById("stage"), line = document.getElementById("line")
const dots = document.getElementById("dots"), clock = document.getElementById("clock")
const REFRESH = 5000, LONGEST_WAIT = 30_000
const kept = new Map()  // slide → {name, html, at}: what is shown while nothing new can be had
let at = 0, count = Number(body.dataset.slides), seconds = Number(body.dataset.seconds), isPaused = false, failures = 0
let turning, asking

const timeOf = new Intl.DateTimeFormat("zh-CN", {timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23"})
const dayOf = new Intl.DateTimeFormat("zh-CN", {timeZone: "Asia/Shanghai", year: "numeric", month: "long", day: "numeric"})
const tick = () => {
  const now = new Date()
  clock.textContent = `${dayOf.format(now)}　${timeOf.format(now)}`
  setTimeout(tick, 1000 * (60 - now.getSeconds()))
}
const say = (text, tone = "") => { line.textContent = text; line.className = tone }

const show = number => {
  const slide = kept.get(number)
  if (!slide || stage.dataset.shown === `${number} ${slide.name}`) return
  const isSame = stage.dataset.number === String(number)
  const place = document.createElement("div")
  place.className = isSame ? "slide" : "slide new"
  place.innerHTML = slide.html
  stage.replaceChildren(place)
  stage.dataset.shown = `${number} ${slide.name}`
  stage.dataset.number = number
  const ticker = place.querySelector(".tv-ticker > div")
  if (ticker) ticker.style.animationDuration = `${Math.max(20, ticker.scrollWidth / (0.06 * window.innerWidth))}s`
  ;[...dots.children].forEach((dot, one) => dot.classList.toggle("now", one === number))
}
const closed = () => {
  kept.clear()
  clearTimeout(turning)
  stage.replaceChildren(Object.assign(document.createElement("p"), {className: "tv-wait", textContent: "此大屏已停用或需要重新登录"}))
  delete stage.dataset.shown
  say("已停用", "bad")
}
// The server may have been begun anew with other scripts, or the playlist may have changed.
const isOld = answer => {
  const [slides, stands] = (answer.headers.get("X-Slides") ?? "").split(" ").map(Number)
  if (slides && slides !== count) return true
  if (stands) seconds = stands
  const assets = answer.headers.get("X-Assets")
  return Boolean(assets) && assets !== body.dataset.assets
}
const ask = async () => {
  clearTimeout(asking)
  const number = at, known = kept.get(number)
  const query = new URLSearchParams({list: body.dataset.list, slide: number, have: known?.name ?? ""})
  let wait = REFRESH
  try {
    const stop = new AbortController(), late = setTimeout(() => stop.abort(), 60_000)
    const answer = await fetch(`tv/part?${query}`, {signal: stop.signal, cache: "no-store"}).finally(() => clearTimeout(late))
    if (answer.status === 401 || answer.status === 403) { closed(); wait = LONGEST_WAIT }
    else if (answer.status === 200 || answer.status === 204) {
      failures = 0
      if (isOld(answer)) { location.reload(); return }
      if (answer.status === 200) kept.set(number, {name: answer.headers.get("X-Slide"), html: await answer.text(), at: new Date()})
      else known.at = new Date()
      if (number === at) show(at)
      say(isPaused ? "已暂停" : "已连接", "good")
    }
    else throw new Error(String(answer.status))
  } catch {
    failures += 1
    wait = Math.min(REFRESH * failures, LONGEST_WAIT)
    const last = kept.get(at)?.at
    say(last ? `连接中断，以下为 ${timeOf.format(last)} 的数据，正在重连` : "连接中断，正在重连", "bad")
    show(at)
  }
  asking = setTimeout(ask, wait)
}
const turn = step => {
  at = (at + step + count) % count
  show(at)
  ask()
  again()
}
const again = () => {
  clearTimeout(turning)
  if (!isPaused && count > 1) turning = setTimeout(() => turn(1), 1000 * seconds)
}
document.addEventListener("keydown", event => {
  if (event.key === "ArrowRight" || event.key === "PageDown") turn(1)
  else if (event.key === "ArrowLeft" || event.key === "PageUp") turn(-1)
  else if (event.key === " ") { isPaused = !isPaused; say(isPaused ? "已暂停" : "已连接", "good"); again() }
  else return
  event.preventDefault()
})
window.addEventListener("online", ask)
tick()
ask()
again()
