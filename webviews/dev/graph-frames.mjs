/** How smoothly the epoll graph of a server with many connections is drawn, while it runs and is scrolled and zoomed, in the real browser. */

/** Runs in the page, for as long. */
async function move({ how, ms }) {
  const box = document.querySelector('.scroller')
  const times = []
  const end = performance.now() + ms
  for (let i = 0; performance.now() < end; i++) {
    if (how === 'scrolled') box.scrollTop = (i * 40) % Math.max(1, box.scrollHeight - box.clientHeight)
    const key = i % 12 === 0 ? '-' : '+'
    if (how === 'zoomed' && i % 6 === 0)
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    times.push(await new Promise(requestAnimationFrame))
  }
  const gaps = times.slice(1).map((time, i) => time - times[i])
  gaps.sort((a, b) => a - b)
  const whole = times[times.length - 1] - times[0]
  return { perSecond: (1000 * gaps.length) / whole, usual: gaps[Math.floor(gaps.length * 0.95)] }
}

/**
 * The questions are answered in the page itself, so VS Code has a little more time to draw.
 * @returns {AsyncGenerator<{ what: string, perSecond: number, usual: number }>} usual: ms within which 95 % of the frames came.
 */
export async function* graphFrames(browser, address, sockets, ms = 4000) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(`${address}?view=epoll&sockets=${sockets}&live=1&every=100&active=50`)
  await page.locator('.unfold').waitFor()
  const measured = async (what, how) => ({ what, ...(await page.evaluate(move, { how, ms })) })
  yield await measured('as a field, live', 'still')
  yield await measured('as a field, live and scrolled', 'scrolled')
  await page.locator('.unfold').click()
  yield await measured('as cards, live', 'still')
  yield await measured('as cards, live and scrolled', 'scrolled')
  yield await measured('as cards, live and zoomed', 'zoomed')
  await page.close()
}
