// Colours the SQL editor as it is written: a layer over the text box shows the same text with its parts told apart,
// while the box keeps cursor, selection and keys. Without this script the box is a plain one.
if (!window.skillsColours) {
  window.skillsColours = true;
  const WORDS = new Set("KEYWORDS".split(" "));
  const PARTS = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\b\d+(?:\.\d+)?\b)|(\b[a-z_]+\b)/gi;
  const pieces = text => {
    const found = [];
    let end = 0;
    for (const part of text.matchAll(PARTS)) {
      const [whole, remark, quoted, , number, word] = part;
      const isWord = word && WORDS.has(word.toLowerCase());
      const kind = remark ? "remark" : quoted ? "text" : number ? "number" : isWord ? "word" : "";
      if (!kind) continue;
      found.push(text.slice(end, part.index));
      const span = document.createElement("span");
      span.className = `sql-${kind}`;
      span.textContent = whole;
      found.push(span);
      end = part.index + whole.length;
    }
    found.push(`${text.slice(end)}\n`);
    return found;
  };
  const fit = (area, layer) => {
    const [own, box] = [area.getBoundingClientRect(), layer.parentElement.getBoundingClientRect()];
    const style = getComputedStyle(area);
    for (const name of ["fontFamily", "fontSize", "lineHeight", "letterSpacing", "padding"]) {
      layer.style[name] = style[name];
    }
    layer.style.left = `${own.left - box.left + area.clientLeft}px`;
    layer.style.top = `${own.top - box.top + area.clientTop}px`;
    layer.style.width = `${area.clientWidth}px`;
    layer.style.height = `${area.clientHeight}px`;
    layer.scrollTop = area.scrollTop;
  };
  const look = () => {
    const box = document.querySelector(".st-key-draft");
    const area = box && box.querySelector("textarea");
    if (!area) return;
    let layer = box.querySelector(".paint");
    if (!layer) {
      layer = document.createElement("pre");
      layer.className = "paint";
      layer.setAttribute("aria-hidden", "true");
      box.append(layer);
      box.classList.add("coloured");
    }
    if (layer.shows !== area.value) {
      layer.replaceChildren(...pieces(area.value));
      layer.shows = area.value;
    }
    fit(area, layer);
  };
  for (const event of ["input", "scroll", "resize"]) window.addEventListener(event, look, true);
  setInterval(look, 300); // a query that is taken over comes from the server without an event
}
