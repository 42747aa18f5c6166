// A download says on the page that its file is being made, and when it begins to come, or why none comes: the answer's cookie tells.
{
const FILE = /\/export\/[a-z-]+\.(csv|xlsx|parquet|docx)$/
const NAMES = {csv: "CSV", xlsx: "Excel", parquet: "Parquet", docx: "Word"}
const LOOK = 250, GIVE_UP = 3600, TOLD = 8000  // milliseconds, seconds, milliseconds
const waiting = new Set()

const newLine = () => {
  let place = document.querySelector(".toast.downloads")
  if (!place) {
    place = document.createElement("div")
    place.className = "toast downloads"
    document.body.append(place)
  }
  const line = document.createElement("p")
  const told = document.createElement("span")
  told.setAttribute("role", "status")
  const seconds = document.createElement("span")
  seconds.setAttribute("aria-hidden", "true")
  const close = document.createElement("button")
  close.textContent = "✕"
  close.setAttribute("aria-label", "知道了")
  close.addEventListener("click", () => gone(line))
  line.append(told, seconds, close)
  place.append(line)
  return {line, told, seconds}
}
const gone = line => {
  const place = line.parentElement
  line.remove()
  if (place && !place.children.length) place.remove()
}

// What the answer told: begun and the number of rows, or refused and why; once read it is taken away.
const answerOf = token => {
  const name = `shuju_download_${token}=`
  const cookie = document.cookie.split("; ").find(part => part.startsWith(name))
  if (!cookie) return null
  document.cookie = `${name}; Path=/; Max-Age=0; SameSite=Strict${location.protocol === "https:" ? "; Secure" : ""}`
  const [state, ...rest] = cookie.slice(name.length).split(".")
  return {isBegun: state === "begun", told: decodeURIComponent(rest.join("."))}
}

const begin = link => {
  const token = [...crypto.getRandomValues(new Uint8Array(8))].map(n => n.toString(16).padStart(2, "0")).join("")
  const address = new URL(link.href)
  const name = NAMES[address.pathname.match(FILE)[1]]
  const {line, told, seconds} = newLine()
  told.textContent = `正在准备 ${name} 文件，请稍候…`
  waiting.add(link.href)
  const asked = link.href, since = Date.now()
  const looking = setInterval(() => {
    const answer = answerOf(token), passed = Math.floor((Date.now() - since) / 1000)
    if (!answer && passed < GIVE_UP) { seconds.textContent = passed > 1 ? `已 ${passed} 秒` : ""; return }
    clearInterval(looking)
    waiting.delete(asked)
    seconds.textContent = ""
    if (answer?.isBegun) {
      told.textContent = `${name} 文件开始下载${answer.told ? `，共 ${Number(answer.told).toLocaleString("zh-CN")} 行` : ""}。`
      setTimeout(() => gone(line), TOLD)
    } else told.textContent = `没有下载：${answer?.told || "服务器没有回答，请稍后再试"}`
  }, LOOK)
  address.searchParams.set("ask", token)
  const hidden = document.createElement("a")
  hidden.href = address
  hidden.download = ""
  hidden.hidden = true
  document.body.append(hidden)
  hidden.click()
  hidden.remove()
}
document.addEventListener("click", event => {
  const link = event.target.closest?.("a[download]")
  if (!link || link.hidden || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (!FILE.test(link.pathname) || link.origin !== location.origin) return
  event.preventDefault()
  if (!waiting.has(link.href)) begin(link)
})
}
