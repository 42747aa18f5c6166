// Opens the session of a page that has arrived: its figures and newest answers come over a websocket.
const {token, roots, route} = JSON.parse(document.getElementById("session").textContent)
const places = Object.fromEntries(roots.map(name => [name, name]))
Bokeh.set_log_level("warn")
Bokeh.embed.embed_items({}, [{token, roots: places, root_ids: roots}], new URL(route, document.baseURI).pathname)
