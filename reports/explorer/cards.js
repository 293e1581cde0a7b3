// The panels as cards: a heading with its legend, the drawing, its numbers as a table on demand, and the handle to drag.
NC.cards = (container, panels, current, change) => {
  const seen = "IntersectionObserver" in window
    ? new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const card = cards.find((c) => c.element === target);
        card.visible = isIntersecting;
        if (isIntersecting && card.stale) card.draw();
      }
    }, { rootMargin: "120px" })
    : null;
  const resized = "ResizeObserver" in window
    ? new ResizeObserver((entries) => entries.forEach(({ target }) => {
      const card = cards.find((c) => c.svg === target);
      if (card.width !== target.clientWidth) card.draw();
    }))
    : null;
  const cards = panels.map(made);
  container.replaceChildren(...cards.map((card) => card.element));
  for (const card of cards) {
    if (seen) seen.observe(card.element);
    if (resized) resized.observe(card.svg);
  }

  function made(panel) {
    const element = tag("figure", "panel");
    element.dataset.panel = panel.key;
    const head = tag("div", "panel-head");
    const title = tag("h3");
    title.textContent = panel.title;
    const legend = tag("p", "legend");
    legend.setAttribute("aria-hidden", "true");
    const keys = panel.legend.map(([kind, text]) => legend.appendChild(key(kind, text)));
    head.append(title, legend);
    const svg = NC.plot.create("svg", undefined);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", panel.title);
    if (panel.drag) svg.classList.add("draggable", panel.drag.axis === "x" ? "across" : "up");
    const data = tag("details", "data");
    const summary = tag("summary");
    summary.textContent = "Data";
    const room = tag("div", "scroll");
    room.tabIndex = 0;
    room.setAttribute("role", "group");
    room.setAttribute("aria-label", `Data: ${panel.title}`);
    data.append(summary, room);
    element.append(head, svg, data);
    const plot = new NC.plot.Plot(svg);
    const card = { panel, element, svg, plot, data, visible: true, stale: true, draw };
    data.addEventListener("toggle", () => data.open && fill());
    if (panel.drag) dragged(card);
    svg.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || event.buttons || !plot.box) return;
      const value = plot.valueAt(event, "x");
      plot.read(value, panel.read(value, current().results));
    });
    svg.addEventListener("pointerleave", () => plot.unread());
    return card;

    function draw() {
      const { state, results } = current();
      card.width = svg.clientWidth;
      card.stale = false;
      if (!card.width || !results) return;
      plot.unread();
      panel.draw(plot, state, results);
      const used = panel.shows ? panel.shows(results) : null;
      if (used) keys.forEach((each, i) => (each.hidden = !used.includes(panel.legend[i][0])));
      if (data.open) fill();
    }

    function fill() {
      const { heads, rows } = panel.table(current().results);
      room.replaceChildren(NC.tableOf(heads, rows));
    }
  }

  /** Dragging sets the value under the pointer, to the slider's grid. A finger must take the handle, a mouse may click anywhere. */
  function dragged({ panel, svg, plot }) {
    let active = false;
    const onHandle = (event) => event.target.classList.contains("grip");
    // On the handle a finger must not scroll the page; browsers do not heed touch-action on a part of a drawing.
    svg.addEventListener("touchstart", (event) => onHandle(event) && event.preventDefault(), { passive: false });
    const move = (event) => change(panel.drag.role, plot.valueAt(event, panel.drag.axis));
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || (event.pointerType === "touch" && !onHandle(event))) return;
      active = true;
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
      move(event);
    });
    svg.addEventListener("pointermove", (event) => active && move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) svg.addEventListener(end, () => (active = false));
  }

  /** One entry of a legend: a sample of the line or mark, and what it is. */
  function key(kind, text) {
    const whole = tag("span", "key");
    const sample = NC.plot.create("svg", whole);
    sample.setAttribute("viewBox", "0 0 22 12");
    const form = kind.split(" ")[0];
    const outlines = { fold: "M11 1.5L15.5 6L11 10.5L6.5 6Z", corner: "M7 2H15V10H7Z" };
    const round = form === "point" || form === "handle";
    const part = NC.plot.create(round ? "circle" : "path", sample);
    part.setAttribute("class", round || outlines[form] ? kind : `line ${kind}`);
    if (round) for (const [k, v] of [["cx", 11], ["cy", 6], ["r", 4.5]]) part.setAttribute(k, v);
    else part.setAttribute("d", outlines[form] || "M1 6H21");
    whole.append(NC.lettered(text));
    return whole;
  }

  function tag(name, kind) {
    const element = document.createElement(name);
    if (kind) element.className = kind;
    return element;
  }

  return {
    /** Draw what is to be seen; the rest when it comes into view. */
    draw() {
      for (const card of cards) {
        if (card.visible) card.draw();
        else card.stale = true;
      }
    },
    /** Say in words what each panel shows. */
    describe() {
      const { results } = current();
      for (const { panel, svg } of cards) svg.setAttribute("aria-label", panel.describe(results));
    },
    /** Put these panels first. */
    order(keys) {
      const rank = ({ panel }) => (keys.indexOf(panel.key) + 1 || keys.length + 1 + panels.indexOf(panel));
      for (const card of [...cards].sort((a, b) => rank(a) - rank(b))) {
        container.append(card.element);
        card.element.classList.toggle("featured", keys.includes(card.panel.key));
      }
    },
  };
};
