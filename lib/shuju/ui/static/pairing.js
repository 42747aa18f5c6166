// A pairing code may stand behind "#" in the address of a screen without a keyboard. Browsers keep that part to themselves: it is
// in no request and no log. It leaves the address bar before the form is sent, so that it does not stay in the history either.
const form = document.getElementById("pairing"), code = location.hash.slice(1)
if (code) {
  history.replaceState(null, "", location.pathname)
  form.elements.code.value = code
  form.requestSubmit()
}
