// Answers when the line is cut: a page that says so, with the last figures of who is signed in. Everything else goes to the server; no page is kept.
const CACHE = "shuju-offline", LAST = "/shuju-last-figures"
const LONGEST = 10 * 3600 * 1000  // as long as a session lasts at most
self.addEventListener("install", () => self.skipWaiting())
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()))
self.addEventListener("fetch", event => {
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return
  event.respondWith(fetch(event.request).catch(offline))
})

const escaped = text => text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
const time = at => new Intl.DateTimeFormat("zh-CN", {timeZone: "Asia/Shanghai", dateStyle: "long", timeStyle: "short"}).format(at)
async function offline() {
  const known = await (await caches.match(LAST, {cacheName: CACHE}))?.json()
  const isFresh = known && Date.now() - known.at < LONGEST
  const told = isFresh
    ? `<p>以下是 ${escaped(time(known.at))} 时的数字：</p><ul>${known.lines.map(line => `<li>${escaped(line)}</li>`).join("")}</ul>`
    : "<p>没有可显示的数字。</p>"
  const page = `<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>没有网络 · 数聚</title>
<style>:root { color-scheme: light dark } body { font: 16px/1.7 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 1.5rem } h1 { font-size: 1.25rem } ul { padding: 0; list-style: none } li { padding: .5rem 0; border-top: 1px solid #8884 } a { display: inline-block; min-height: 44px; line-height: 44px; padding: 0 1.25rem; border: 1px solid #8888; border-radius: 22px; color: inherit; text-decoration: none }</style></head>
<body><h1>连不上服务器</h1>${told}<p><a href="">再试一次</a></p></body></html>`
  const headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
  return new Response(page, {status: 503, headers})
}
