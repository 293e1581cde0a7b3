// Sliders and number boxes: two views of one value, the box exact, the slider on its grid.
NC.controls = (root, spec, change) => {
  const views = new Map();
  for (const row of root.querySelectorAll("[data-control]")) {
    const control = spec.controls.find((c) => c.name === row.dataset.control);
    const slider = row.querySelector("input[type=range]");
    const box = row.querySelector("input[type=number]");
    views.set(control.name, { row, control, slider, box });
    slider.addEventListener("input", () => {
      const value = onGrid(control, Number(slider.value), Number(slider.min), Number(slider.max));
      change(control.name, value);
    });
    box.addEventListener("input", () => {
      const value = Number(box.value);
      const fits = box.value.trim() !== "" && NC.state.allows(control, value);
      box.setAttribute("aria-invalid", String(!fits));
      if (fits) change(control.name, value, box);
    });
    box.addEventListener("blur", () => {
      box.setAttribute("aria-invalid", "false");
      box.value = String(current[control.name]);
    });
  }
  let current = {};

  /** The nearest place of the slider's grid; its ends are always within reach. */
  function onGrid({ step }, value, low, high) {
    if (value <= low || value >= high) return Math.min(high, Math.max(low, value));
    return Number((Math.round(value / step) * step).toPrecision(12));
  }

  /** Show the values; a value beyond its slider's range widens the range, one between two steps frees the slider of its grid. */
  function show(values, ranges, untouched) {
    current = values;
    for (const [name, { row, control, slider, box }] of views) {
      const value = values[name];
      if (box !== untouched && Number(box.value) !== value) box.value = String(value);
      if (box !== untouched) box.setAttribute("aria-invalid", "false");
      const range = (ranges && ranges[name]) || [control.min, control.max, control.step];
      const low = String(Math.min(range[0], value));
      const high = String(Math.max(range[1], value));
      if (slider.min !== low) slider.min = low;
      if (slider.max !== high) slider.max = high;
      const steps = (value - Number(low)) / range[2];
      const step = Math.abs(steps - Math.round(steps)) < 1e-6 ? String(range[2]) : "any";
      if (slider.step !== step) slider.step = step;
      if (Number(slider.value) !== value) slider.value = String(value);
      slider.setAttribute("aria-valuetext", NC.shown(value, 6) + (control.unit ? ` ${control.unit}` : ""));
      row.style.setProperty("--at", `${(100 * (value - Number(low))) / (Number(high) - Number(low) || 1)}%`);
    }
  }

  /** Mark the controls that a preset is about; these alone stay in view on a phone, without a preset the usual ones. */
  function feature(names) {
    for (const [name, { row, control }] of views) {
      row.classList.toggle("featured", names.includes(name));
      row.classList.toggle("main", names.length ? names.includes(name) : ["w", "I_ext", "r_init"].includes(control.role));
    }
  }

  return { show, feature, onGrid };
};
