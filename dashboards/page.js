// Three listeners: a link between pages is handed to Streamlit's own, a button with data-picture="KEY" saves the
// chart .st-key-KEY as a PNG, and one with data-copied="WORD" copies the address and says the word. (No "less than" before a letter here: the sanitiser would drop it all.).
if (!window.skillsListens) {
  window.skillsListens = true;
  document.addEventListener("click", event => {
    const link = event.target.closest && event.target.closest("a[data-page]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const switches = [...document.querySelectorAll(".st-key-switches a")];
    const own = switches.find(other => new URL(other.href).pathname === new URL(link.href).pathname);
    if (own) { event.preventDefault(); own.click(); }
  });
  // What is drawn already when this runs is looked at too: nothing may change afterwards.
  const watch = look => { new MutationObserver(look).observe(document.body, { subtree: true, childList: true }); look(); };
  // The first chart stands: ask for the others (layout.py). Nothing is asked twice for one button.
  let asked = null;
  const ask = () => {
    const button = document.querySelector(".st-key-rest button");
    if (!button || button === asked) return;
    if (!document.querySelector(".stPlotlyChart .main-svg .trace path, .stPlotlyChart .main-svg .hm image")) return;
    asked = button;
    requestAnimationFrame(() => setTimeout(() => button.click())); // once it has been painted
  };
  watch(ask);
  // Signing in leads back to the first page: what the reader wanted is kept, and asked for once when the door is open.
  const WANTED = "skills.wanted";
  const come = () => {
    const here = location.pathname + location.search;
    if (document.querySelector("[data-keeps-address]")) return sessionStorage.setItem(WANTED, here);
    const wanted = document.querySelector(".foot") && sessionStorage.getItem(WANTED);
    if (!wanted) return;
    sessionStorage.removeItem(WANTED);
    if (wanted !== here && /^\/(?!\/)/.test(wanted)) location.replace(wanted);
  };
  watch(come);
  // Plotly is fetched once the sentence has been painted, not only when the first chart comes (layout.py waits a moment
  // between them); a page that has no chart does without.
  let sought = false;
  const seek = () => {
    if (sought || !document.querySelector(".answer")) return;
    sought = true;
    if (document.querySelector('.links a[data-page="query"][aria-current]')) return;
    const chunk = new URL("PLOTLY_CHUNK", document.baseURI).href;
    requestAnimationFrame(() => setTimeout(() => import(chunk).catch(() => null)));
  };
  watch(seek);
  const SCALE = 2;
  const WIDE = 40; // px around the drawing
  const drawn = (svg, width, height) => new Promise((done, failed) => {
    const copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = failed;
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
  });
  // Breaks a text where the width ends: between any two Han characters, else at spaces.
  const lines = (pen, text, width) => {
    const found = [];
    let line = "";
    for (const part of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) || []) {
      if (line && pen.measureText(line + part).width > width) { found.push(line); line = ""; }
      line += part;
    }
    return line ? [...found, line] : found;
  };
  const save = async (button) => {
    const plot = document.querySelector(`.st-key-${button.dataset.picture} .js-plotly-plot`);
    if (!plot) return;
    const { width, height } = plot.getBoundingClientRect();
    const style = getComputedStyle(document.querySelector(".stApp"));
    const tone = name => {
      const probe = document.createElement("i");
      probe.style.color = `var(--${name})`;
      document.querySelector(".stApp").append(probe);
      const colour = getComputedStyle(probe).color;
      probe.remove();
      return colour;
    };
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const font = (size, weight) => `${weight} ${size}px ${style.fontFamily}`;
    const blocks = [
      { text: button.dataset.title, font: font(17, 600), step: 24, colour: tone("ink") },
      { text: button.dataset.subtitle, font: font(13, 400), step: 20, colour: tone("muted") },
    ];
    const foot = { text: button.dataset.source, font: font(12, 400), step: 18, colour: tone("muted") };
    for (const block of [...blocks, foot]) { pen.font = block.font; block.lines = lines(pen, block.text, width); }
    const tall = block => block.lines.length * block.step;
    const head = blocks.reduce((sum, block) => sum + tall(block), 0) + 12;
    canvas.width = (width + WIDE * 2) * SCALE;
    canvas.height = (head + height + 12 + tall(foot) + WIDE * 2) * SCALE;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = tone("paper");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    let y = WIDE;
    const write = block => {
      pen.font = block.font;
      pen.fillStyle = block.colour;
      pen.textBaseline = "top";
      for (const line of block.lines) { pen.fillText(line, WIDE, y); y += block.step; }
    };
    blocks.forEach(write);
    y += 12;
    for (const svg of plot.querySelectorAll(".main-svg")) {
      pen.drawImage(await drawn(svg, width, height), WIDE, y, width, height);
    }
    y += height + 12;
    write(foot);
    const link = document.createElement("a");
    link.download = button.dataset.file;
    link.href = canvas.toDataURL("image/png");
    link.click();
  };
  document.addEventListener("click", event => {
    const button = event.target.closest && event.target.closest("[data-picture]");
    if (button) save(button);
  });
  // navigator.clipboard is there on https and on this machine only; a government network often has neither.
  const copy = async (text) => {
    if (window.isSecureContext && navigator.clipboard) return navigator.clipboard.writeText(text);
    const box = document.createElement("textarea");
    box.value = text;
    box.style.position = "fixed";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    if (!done) throw new Error("copy");
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest("[data-copied]");
    if (!button || button.dataset.label) return;
    button.dataset.label = button.textContent;
    try {
      await copy(location.href);
      button.textContent = button.dataset.copied;
    } catch {
      button.textContent = location.href; // to be copied by hand
    }
    setTimeout(() => { button.textContent = button.dataset.label; delete button.dataset.label; }, 3000);
  });
  // On paper a chart keeps the width of the screen and would be cut: with a view box it shrinks as a whole (page.css).
  const drawings = () => document.querySelectorAll(".stPlotlyChart .main-svg");
  window.addEventListener("beforeprint", () => {
    for (const svg of drawings()) {
      svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const svg of drawings()) svg.removeAttribute("viewBox");
  });
}
