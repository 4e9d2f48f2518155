/** The stylesheet of the site. */
export const css = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0; padding: 1rem }
main { max-width: 26rem; margin: 2rem auto }
form { margin: 1rem 0 }
label { display: block; margin: 0.5rem 0 }
input { box-sizing: border-box; width: 100%; padding: 0.5rem; font: inherit }
button { padding: 0.5rem 1rem; font: inherit }
code { font-size: 1.1rem }
[role="alert"] { border-left: 0.25rem solid #c33; padding: 0.25rem 0.75rem }
[role="status"] { border-left: 0.25rem solid #393; padding: 0.25rem 0.75rem }
`
