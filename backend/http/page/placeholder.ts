/**
 * What visitors see until the page is built: plain, but a phone can be left. It needs no script and no other file;
 * the answer to its form comes back as the part of the address after `#`.
 */
export const placeholderPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Landfast</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif }
main { width: min(26rem, calc(100vw - 3rem)); padding: 2rem 0 }
h1 { margin: 0 0 .5rem; line-height: 1.2 }
label { display: block; margin: 1.5rem 0 .25rem; font-weight: 600 }
input, button { box-sizing: border-box; width: 100%; padding: .75rem; font: inherit; border: 1px solid #888; border-radius: .5rem }
button { margin-top: .75rem; border-color: #1d4ed8; background: #1d4ed8; color: #fff; font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid #60a5fa; outline-offset: 2px }
.outcome { display: none; padding: .75rem 1rem; border: 1px solid #888; border-radius: .5rem; font-weight: 600 }
.outcome:target { display: block }
small { display: block; margin-top: 2rem; opacity: .75 }
</style>
</head>
<body>
<main>
<h1>Leave your phone number</h1>
<p>We call you back.</p>
<p class="outcome" id="thanks">Thank you. We have your number and call you back.</p>
<p class="outcome" id="duplicate">We have your number already and call you back.</p>
<p class="outcome" id="error">That did not work, and your number was not kept. Please check it and send it again.</p>
<form method="post" action="/api/leads">
<label for="phone">Phone number</label>
<input id="phone" name="phone" type="tel" inputmode="tel" autocomplete="tel" maxlength="128" required>
<button type="submit">Call me back</button>
</form>
<small>This is a placeholder: the page is not built yet. <code>bun run build</code> builds it, and it then appears here by itself.</small>
</main>
</body>
</html>
`
