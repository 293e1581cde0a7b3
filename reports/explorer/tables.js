// Tables: a panel's numbers, and the fixed points.
NC.lettered = (text) => {
  const whole = document.createElement("span");
  for (const { text: inner, kind } of NC.plot.spans(text)) {
    const part = document.createElement(kind === "sub" ? "sub" : kind === "sup" ? "sup" : "span");
    if (kind === "maths") part.className = "letters";
    part.textContent = inner;
    whole.append(part);
  }
  return whole;
};

NC.tableOf = (heads, rows) => {
  const table = document.createElement("table");
  const first = table.createTHead().insertRow();
  for (const text of heads) {
    const head = document.createElement("th");
    head.scope = "col";
    head.append(NC.lettered(text));
    first.append(head);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const value of row) line.insertCell().textContent = typeof value === "number" ? NC.shown(value, 5) : value;
  }
  return table;
};

/** Write the rows of the table of fixed points; each carries its numbers at full precision. */
NC.showFixedPoints = (body, note, { fixed, model, p }) => {
  const rows = fixed.points.map((point) => {
    const row = document.createElement("tr");
    row.dataset.r = String(point.r);
    row.dataset.x = String(point.x);
    row.dataset.eigenvalue = String(point.eigenvalue);
    row.dataset.stability = point.stability;
    const mark = NC.plot.create("svg");
    mark.setAttribute("viewBox", "0 0 12 12");
    mark.setAttribute("aria-hidden", "true");
    const disc = NC.plot.create("circle", mark);
    disc.setAttribute("class", `point ${point.fill}`);
    for (const key of ["cx", "cy"]) disc.setAttribute(key, 6);
    disc.setAttribute("r", 4.5);
    if (point.fill === "below" || point.fill === "above") {
      const half = NC.plot.create("path", mark);
      half.setAttribute("class", "half");
      half.setAttribute("d", point.fill === "below" ? "M6 1.5A4.5 4.5 0 0 0 6 10.5Z" : "M6 1.5A4.5 4.5 0 0 1 6 10.5Z");
    }
    const head = document.createElement("th");
    head.scope = "row";
    head.append(mark, NC.shown(point.r, 6));
    row.append(head);
    for (const value of [point.x, point.eigenvalue, model.tauEff(point.eigenvalue, p)]) row.insertCell().textContent = NC.shown(value, 5);
    row.insertCell().textContent = point.stability;
    return row;
  });
  body.replaceChildren(...rows);
  const special = fixed.points.every((point) => /^(un)?stable$/.test(point.stability)) && fixed.points.length ? "" : fixed.note;
  note.textContent = fixed.complete ? `The list is complete${special ? `: ${special}` : ""}.` : `The list may not be complete: ${fixed.note}.`;
  note.dataset.complete = String(fixed.complete);
};
