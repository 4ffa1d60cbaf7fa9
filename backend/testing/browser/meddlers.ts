/**
 * What others do to the page, each as a script for the page: translators, password managers, blockers. They begin before
 * the page's own script runs, and go on with every node that comes, as an extension does.
 */
export const meddlers = {
  'a translator, which wraps and changes every text': () => {
    const done = new WeakSet<Node>()
    const translate = (root: Node) => {
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      const found: Text[] = []
      for (let text = texts.nextNode(); text; text = texts.nextNode()) found.push(text as Text)
      for (const text of found) {
        if (done.has(text) || !text.data.trim() || text.parentElement?.closest('script, style, font'))
          continue
        const [outer, inner] = [document.createElement('font'), document.createElement('font')]
        const translated = document.createTextNode(`«${text.data}»`)
        done.add(translated)
        inner.append(translated)
        outer.append(inner)
        text.replaceWith(outer)
      }
    }
    new MutationObserver((changes) => {
      for (const { target } of changes) translate(target)
    }).observe(document, { childList: true, characterData: true, subtree: true })
  },

  'a password manager and a writing aid, which wrap the fields and put icons beside them': () => {
    const meddle = () => {
      for (const field of document.querySelectorAll<HTMLInputElement>('input:not([data-aided])')) {
        field.dataset.aided = 'true'
        field.style.setProperty('background-image', 'none')
        const icon = document.createElement('aided-icon')
        icon.attachShadow({ mode: 'open' }).innerHTML = '<button>fill</button>'
        field.after(icon, document.createComment('aided'))
        const wrapper = document.createElement('span')
        field.before(wrapper)
        wrapper.append(field)
      }
      document.documentElement.dataset.aided = 'true'
      document.body?.prepend(document.createElement('aided-bar'))
    }
    document.addEventListener('readystatechange', () => {
      new MutationObserver((changes) => {
        if (
          changes.some(({ addedNodes }) => [...addedNodes].some((node) => node instanceof HTMLInputElement))
        )
          meddle()
      }).observe(document.body, { childList: true, subtree: true })
      meddle()
    })
  },

  'a blocker, which takes out pictures, hidden fields and whatever announces itself': () => {
    const block = () => {
      for (const node of document.querySelectorAll(
        'svg, picture, [aria-hidden], [role=alert]:empty, [role=status]:empty, form div:empty, form ~ div:empty, form [type=hidden]',
      ))
        node.remove()
    }
    document.addEventListener('readystatechange', () => {
      block()
      new MutationObserver(block).observe(document.body, { childList: true, subtree: true })
    })
  },

  'a tool that joins, moves and copies nodes': () => {
    const move = () => {
      document.normalize()
      const form = document.forms[0]!
      const frame = document.createElement('section')
      form.before(frame)
      frame.append(form)
      for (const part of document.querySelectorAll('#estimate h2, #estimate p, #estimate label, button'))
        part.replaceWith(part.cloneNode(true))
    }
    document.addEventListener('readystatechange', move, { once: true })
  },

  'a tool that writes the whole page anew': () => {
    document.addEventListener('readystatechange', () => {
      if (document.readyState !== 'complete') return
      // Kept from running again, as whatever is written this way is.
      document.body.innerHTML = document.body.innerHTML.replaceAll('Larkfield', '<mark>Larkfield</mark>')
    })
  },
} as const
