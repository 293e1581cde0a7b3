// A plot: axes with round ticks, lines, marks. Elements are kept and updated in place, so a redraw makes none.
NC.plot = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const MARGIN = { top: 12, right: 14, bottom: 42, left: 46 };
  const DIGIT = 6.2; // the width of a digit of a tick's label, about
  const REACH = 4000; // pixels beyond the frame to which a line is drawn

  function create(name, parent) {
    const made = document.createElementNS(SVG, name);
    if (parent) parent.append(made);
    return made;
  }

  /** Give an element exactly these attributes, touching only what differs. */
  function dress(element, attributes) {
    const worn = element.worn || (element.worn = {});
    for (const key in worn) {
      if (!(key in attributes)) {
        element.removeAttribute(key);
        delete worn[key];
      }
    }
    for (const key in attributes) {
      const value = String(attributes[key]);
      if (worn[key] !== value) element.setAttribute(key, (worn[key] = value));
    }
  }

  /** Round numbers between low and high, about `count` of them, and how many decimals they need. */
  function ticks(low, high, count) {
    const raw = (high - low) / Math.max(1, count);
    const power = Math.floor(Math.log10(raw));
    const unit = 10 ** power;
    const step = [1, 2, 2.5, 5, 10].find((s) => s * unit >= raw * (1 - 1e-9)) * unit;
    const values = [];
    for (let k = Math.ceil(low / step - 1e-6); k * step <= high + 1e-6 * step; k++) values.push(k * step);
    const decimals = Math.max(0, -power + (Math.abs(step / unit - 2.5) < 1e-9 ? 1 : step / unit > 9 ? -1 : 0));
    return { values, step, decimals };
  }

  /** The smallest window of whole ticks around low and high. */
  function roundedOut(low, high, count = 5) {
    if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
    const { step } = ticks(low, high, count);
    return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  }

  /** Letters between asterisks as letters of the maths font; _sub_ and ^sup^ are kept as marks. */
  function spans(text) {
    return text.split(/(\*[^*]+\*|_[^_]+_|\^[^^]+\^)/).filter(Boolean).map((part) => {
      const inner = part.slice(1, -1);
      if (part.length > 2 && part[0] === "*" && part.endsWith("*")) return { text: [...inner].map(slanted).join(""), kind: "maths" };
      if (part.length > 2 && part[0] === "_" && part.endsWith("_")) return { text: inner, kind: "sub" };
      if (part.length > 2 && part[0] === "^" && part.endsWith("^")) return { text: inner, kind: "sup" };
      return { text: part, kind: "" };
    });
  }

  function slanted(letter) {
    const code = letter.codePointAt(0);
    if (letter === "h") return "\u210e";
    if (code >= 65 && code <= 90) return String.fromCodePoint(0x1d434 + code - 65);
    if (code >= 97 && code <= 122) return String.fromCodePoint(0x1d44e + code - 97);
    if (code >= 0x3b1 && code <= 0x3c9) return String.fromCodePoint(0x1d6fc + code - 0x3b1);
    return letter;
  }

  function write(element, text) {
    if (element.written === text) return;
    element.written = text;
    let drop = 0;
    element.replaceChildren(
      ...spans(text).map(({ text: inner, kind }) => {
        const span = create("tspan");
        span.textContent = inner;
        if (kind) span.setAttribute("class", kind);
        const want = kind === "sub" ? 3.2 : kind === "sup" ? -4 : 0;
        if (want !== drop) span.setAttribute("dy", want - drop);
        drop = want;
        return span;
      }),
    );
  }

  const px = (v) => Math.round(v * 10) / 10;

  class Plot {
    constructor(svg) {
      this.svg = svg;
      this.clip = create("rect", create("clipPath", create("defs", svg)));
      this.clip.parentNode.id = `nullcline-clip-${Math.random().toString(36).slice(2)}`;
      this.layers = {};
      for (const name of ["axes", "lines", "marks"]) {
        this.layers[name] = { group: create("g", svg), items: [], used: 0 };
        this.layers[name].group.setAttribute("class", name);
      }
      this.reading = create("g", svg);
      this.reading.setAttribute("class", "reading");
      this.hair = create("path", this.reading);
      this.words = create("text", this.reading);
      this.layers.lines.group.setAttribute("clip-path", `url(#${this.clip.parentNode.id})`);
    }

    /** Begin a drawing: the windows of both axes and their labels; `right` is a second vertical axis. */
    open({ x, y, right, xLabel, yLabel, rightLabel }) {
      const width = this.svg.clientWidth || 360;
      const height = this.svg.clientHeight || 250;
      for (const layer of Object.values(this.layers)) layer.used = 0;
      const edge = right ? 52 : MARGIN.right;
      const up = ticks(...y, Math.max(2, Math.floor((height - MARGIN.top - MARGIN.bottom) / 38)));
      const widest = Math.max(...up.values.map((value) => label(value, up).length));
      this.box = { left: Math.max(MARGIN.left, 28 + DIGIT * widest), top: MARGIN.top, right: width - edge, bottom: height - MARGIN.bottom };
      this.window = { x, y, right };
      const box = this.box;
      dress(this.svg, { viewBox: `0 0 ${width} ${height}` });
      dress(this.clip, { x: box.left, y: box.top, width: Math.max(0, box.right - box.left), height: Math.max(0, box.bottom - box.top) });
      const across = ticks(...x, Math.max(2, Math.floor((box.right - box.left) / 62)));
      for (const value of across.values) {
        const at = px(this.x(value));
        this.put("axes", "path", { class: "grid", d: `M${at} ${box.top}V${box.bottom}` });
        this.put("axes", "text", { class: "tick", x: at, y: box.bottom + 15, "text-anchor": "middle" }, label(value, across));
      }
      for (const value of up.values) {
        const at = px(this.y(value));
        this.put("axes", "path", { class: "grid", d: `M${box.left} ${at}H${box.right}` });
        this.put("axes", "text", { class: "tick", x: box.left - 7, y: at + 4, "text-anchor": "end" }, label(value, up));
      }
      this.put("axes", "path", { class: "axis", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` });
      this.put("axes", "text", { class: "name", x: px((box.left + box.right) / 2), y: height - 7, "text-anchor": "middle" }, xLabel);
      const middle = px((box.top + box.bottom) / 2);
      this.put("axes", "text", { class: "name", transform: `translate(13 ${middle}) rotate(-90)`, "text-anchor": "middle" }, yLabel);
      if (right) {
        const beside = ticks(...right, Math.max(2, Math.floor((box.bottom - box.top) / 38)));
        for (const value of beside.values) {
          const at = px(this.y(value, right));
          this.put("axes", "path", { class: "axis", d: `M${box.right} ${at}h4` });
          this.put("axes", "text", { class: "tick second", x: box.right + 8, y: at + 4 }, label(value, beside));
        }
        this.put("axes", "path", { class: "axis", d: `M${box.right} ${box.top}V${box.bottom}` });
        this.put("axes", "text", { class: "name second", transform: `translate(${width - 6} ${middle}) rotate(-90)`, "text-anchor": "middle" }, rightLabel);
      }
      return this;
    }

    x(value) {
      const [low, high] = this.window.x;
      return this.box.left + ((value - low) / (high - low)) * (this.box.right - this.box.left);
    }

    y(value, [low, high] = this.window.y) {
      return this.box.bottom - ((value - low) / (high - low)) * (this.box.bottom - this.box.top);
    }

    /** The value under a pointer at a place of the screen, along the "x" or the "y" axis. */
    valueAt(event, axis) {
      const frame = this.svg.getBoundingClientRect();
      const { left, right, top, bottom } = this.box;
      const share = axis === "x"
        ? (event.clientX - frame.left - left) / (right - left)
        : (bottom - (event.clientY - frame.top)) / (bottom - top);
      const [low, high] = this.window[axis];
      return low + Math.min(1, Math.max(0, share)) * (high - low);
    }

    /** A hair line at a value of x, and in words what the panel has there. */
    read(value, text) {
      const at = px(this.x(value));
      const { left, right, top, bottom } = this.box;
      const leftward = at > (left + right) / 2;
      dress(this.hair, { d: `M${at} ${top}V${bottom}` });
      dress(this.words, { x: at + (leftward ? -6 : 6), y: top + 12, "text-anchor": leftward ? "end" : "start" });
      write(this.words, text);
      this.reading.style.display = "";
    }

    unread() {
      this.reading.style.display = "none";
    }

    /** The next element of a layer, reused where it is of the same kind. */
    put(layer, name, attributes, text) {
      const pool = this.layers[layer];
      let element = pool.items[pool.used];
      if (!element || element.localName !== name) {
        const fresh = create(name);
        if (element) element.replaceWith(fresh);
        else pool.group.append(fresh);
        pool.items[pool.used] = element = fresh;
      }
      pool.used++;
      dress(element, attributes);
      if (text !== undefined) write(element, text);
      return element;
    }

    /** A line through points; it is broken where a value is not a number. */
    line(kind, xs, ys, axis) {
      const { top, bottom, left, right } = this.box;
      let d = "";
      let pen = "M";
      for (let i = 0; i < xs.length; i++) {
        const across = this.x(xs[i]);
        const up = this.y(ys[i], axis);
        if (across !== across || up !== up) {
          pen = "M";
          continue;
        }
        d += pen + px(Math.min(right + REACH, Math.max(left - REACH, across))) + " " + px(Math.min(bottom + REACH, Math.max(top - REACH, up)));
        pen = "L";
      }
      this.put("lines", "path", { class: `line ${kind}`, d });
    }

    /** A line across the whole plot at one value of the "x" or the "y" axis. */
    rule(kind, axis, value) {
      const { left, right, top, bottom } = this.box;
      const d = axis === "x" ? `M${px(this.x(value))} ${top}V${bottom}` : `M${left} ${px(this.y(value))}H${right}`;
      this.put("lines", "path", { class: `line ${kind}`, d });
    }

    /** The part of the plot between two values of x, shaded. */
    band(kind, low, high) {
      const from = Math.max(this.box.left, this.x(low));
      const to = Math.min(this.box.right, this.x(high));
      if (to > from) this.put("lines", "rect", { class: kind, x: px(from), y: this.box.top, width: px(to - from), height: px(this.box.bottom - this.box.top) });
    }

    /** A fixed point: filled if it attracts, open if it repels, half filled on the side from which it attracts. */
    point({ fill }, x, y, upright = false) {
      const at = { cx: px(this.x(x)), cy: px(this.y(y)) };
      if (!this.holds(at.cx, at.cy)) return;
      this.put("marks", "circle", { class: `point ${fill}`, ...at, r: 5 });
      if (fill !== "below" && fill !== "above") return;
      const turn = (fill === "above" ? 180 : 0) + (upright ? -90 : 0);
      this.put("marks", "path", { class: "half", d: "M0 -5A5 5 0 0 0 0 5Z", transform: `translate(${at.cx} ${at.cy}) rotate(${turn})` });
    }

    /** A place where a branch turns back: a diamond at a fold, a square at a corner. */
    turn(kind, x, y) {
      const [across, up] = [px(this.x(x)), px(this.y(y))];
      if (this.holds(across, up)) this.put("marks", "path", { class: kind, d: kind === "fold" ? "M0 -5L5 0L0 5L-5 0Z" : "M-4 -4H4V4H-4Z", transform: `translate(${across} ${up})` });
    }

    /** What a reader must know of a drawing that is not as good as it looks. */
    caution(text) {
      const { left, bottom } = this.box;
      this.put("marks", "text", { class: "caution", x: px(left + 8), y: px(bottom - 8) }, text);
    }

    /** What a reader can take hold of. */
    handle(x, y) {
      const at = { cx: px(this.x(x)), cy: px(this.y(y)) };
      if (!this.holds(at.cx, at.cy, 1)) return;
      this.put("marks", "circle", { class: "grip", ...at, r: 16 });
      this.put("marks", "circle", { class: "handle", ...at, r: 6 });
    }

    /** An arrowhead on the plot, pointing to larger (1) or smaller (-1) x. */
    arrow(x, y, sense) {
      this.put("marks", "path", { class: "arrow", d: "M-4 -4.5L4.5 0L-4 4.5Z", transform: `translate(${px(this.x(x))} ${px(this.y(y))})${sense < 0 ? " rotate(180)" : ""}` });
    }

    holds(cx, cy, slack = 0.5) {
      const { left, right, top, bottom } = this.box;
      return cx >= left - slack && cx <= right + slack && cy >= top - slack && cy <= bottom + slack;
    }

    /** End a drawing: what was left over from the last one goes. */
    close() {
      for (const pool of Object.values(this.layers)) {
        while (pool.items.length > pool.used) pool.items.pop().remove();
      }
    }
  }

  const label = (value, { step, decimals }) => (Math.abs(value) < step / 1e6 ? 0 : value).toFixed(decimals).replace("-", "\u2212");

  return { Plot, create, roundedOut, spans, ticks };
})();
