// The explorer: one state, drawn once a frame while it changes.
NC.start = (spec) => {
  const root = document.querySelector(`[data-explorer="${spec.key}"]:not([data-live])`);
  if (!root) return;
  root.dataset.live = "";
  const began = performance.now();
  const find = (selector) => root.querySelector(selector);
  // A report has a section for it, and an address that can carry its state; a cell of a notebook has neither.
  const section = root.closest("section[id], main[id]");
  const anchor = section ? section.id : "explorer";
  const hasAddress = section !== null && location.protocol !== "about:";
  const model = NC.model;
  const preset = () => spec.presets.find((each) => each.id === state.preset);
  let state = NC.state.read(location.hash, spec, anchor);
  const wasLinked = state !== null;
  state = state || NC.state.base(spec, "");
  let home = null;
  let results;
  let awaited = 0;
  let spoken = 0;
  let untouched = null;

  const current = () => ({ state, results });
  const controls = NC.controls(root, spec, (name, value, box) => set(name, value, box));
  find(".explorer-body").hidden = false;
  const ranges = () => (preset() || {}).ranges || {};
  const cards = NC.cards(find("[data-panels]"), NC.panels, current, (role, value) => {
    const control = spec.controls.find((c) => c.role === role);
    const range = ranges()[control.name] || [control.min, control.max, control.step];
    const placed = controls.onGrid({ step: range[2] }, value, -Infinity, Infinity);
    if (NC.state.allows(control, placed)) set(control.name, placed);
  });
  const questions = NC.questions(root, current);

  function compute() {
    // A preset may give a slider another range, and with it the windows of the panels.
    const shown = spec.controls.map((c) => {
      const [min, max, step] = ranges()[c.name] || [c.min, c.max, c.step];
      return { ...c, min, max, step };
    });
    if (!home) {
      const start = NC.resultsOf(model, NC.state.base(spec, state.preset).values, shown, null);
      home = { rates: start.rates, inputs: start.inputs };
    }
    results = NC.resultsOf(model, state.values, shown, home);
  }

  function render() {
    awaited = 0;
    const began = performance.now();
    try {
      compute();
    } catch (error) {
      find("[data-summary]").textContent = `These values cannot be shown: ${error.message}`;
      return;
    }
    cards.draw();
    NC.showFixedPoints(find("[data-fixed-points]"), find("[data-complete]"), results);
    controls.show(state.values, ranges(), untouched);
    untouched = null;
    root.dispatchEvent(new CustomEvent("nullcline:drawn", { bubbles: true, detail: { ms: performance.now() - began } }));
    clearTimeout(spoken);
    spoken = setTimeout(settle, 200);
  }

  /** What is not wanted many times a second: the sentence, the descriptions, the answers. */
  function settle() {
    const sentence = NC.summary(results);
    const place = find("[data-summary]");
    if (place.dataset.said !== sentence) place.replaceChildren(NC.lettered((place.dataset.said = sentence)));
    cards.describe();
    questions.show();
    if (state.touched) remember();
  }

  function remember() {
    try {
      if (hasAddress) history.replaceState(history.state, "", NC.state.write(state, spec, anchor));
    } catch {
      // A browser may refuse it: in a frame without rights, or after too many changes. The link can still be copied.
    }
  }

  function schedule() {
    if (!awaited) awaited = requestAnimationFrame(render);
  }

  function set(name, value, box = null) {
    if (state.values[name] === value) return;
    state.values[name] = value;
    state.touched = true;
    untouched = box;
    schedule();
  }

  /** Go to a state as a whole, from a link, a preset or the reset button. */
  function go(next, touched) {
    state = { ...next, touched };
    home = null;
    const chosen = preset();
    cards.order(chosen ? chosen.panels : []);
    controls.feature(chosen ? chosen.controls : []);
    for (const link of root.querySelectorAll("[data-preset-link]")) {
      if (link.dataset.presetLink === state.preset) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const card of root.querySelectorAll("[data-preset]")) card.hidden = card.dataset.preset !== state.preset;
    render();
  }

  for (const link of root.querySelectorAll("[data-preset-link]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      go(NC.state.base(spec, link.dataset.presetLink), true);
    });
  }
  find("[data-more]").addEventListener("click", (event) => {
    const all = find(".controls").classList.toggle("all");
    event.currentTarget.setAttribute("aria-expanded", String(all));
  });
  find("[data-reset]").addEventListener("click", () => go(NC.state.base(spec, state.preset), true));
  find("[data-copy]").hidden = !hasAddress;
  find("[data-copy]").addEventListener("click", async (event) => {
    const link = location.href.replace(/#.*$/, "") + NC.state.write(state, spec, anchor);
    const box = find("[data-link]");
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(link);
      const words = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = words), 1500);
    } catch {
      box.hidden = false;
      box.value = link;
      box.select();
    }
  });
  window.addEventListener("hashchange", () => {
    const next = NC.state.read(location.hash, spec, anchor);
    if (!next) return;
    go(next, false);
    root.scrollIntoView();
  });

  go(state, false);
  settle();
  performance.measure("nullcline: first draw", { start: began });
  if (wasLinked) root.scrollIntoView();
};
