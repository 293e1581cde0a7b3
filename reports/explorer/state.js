// The state of the page and its text in the address: #explorer&w=5&I_ext=0.5&preset=fixed-points.
NC.state = (() => {
  const RESERVED = "preset";

  /** Whether a control can take a value. */
  function allows({ low, high, open, whole }, value) {
    if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) return false;
    return (low === null || (open ? value > low : value >= low)) && (high === null || value <= high);
  }

  /** What a state starts from: the report's own values, with those of a preset over them. */
  function base(spec, preset) {
    const values = {};
    for (const { name, value } of spec.controls) values[name] = value;
    const found = spec.presets.find((each) => each.id === preset);
    return { values: found ? { ...values, ...found.values } : values, preset: found ? preset : "" };
  }

  /** The state that a fragment names, or null if it is not about this explorer; what it cannot mean is passed over. */
  function read(fragment, spec, anchor) {
    const [first, ...parts] = fragment.replace(/^#/, "").split("&");
    if (first !== anchor) return null;
    const pairs = parts.map((part) => part.split("=").map((text) => decoded(text)));
    const preset = pairs.find(([key]) => key === RESERVED);
    const state = base(spec, preset ? preset[1] : "");
    for (const [key, text] of pairs) {
      const control = spec.controls.find((c) => c.name === key);
      if (control && text && text.trim() && allows(control, Number(text))) state.values[key] = Number(text);
    }
    return state;
  }

  /** The fragment of a state: what differs from what it starts from, every digit kept. */
  function write({ values, preset }, spec, anchor) {
    const from = base(spec, preset).values;
    const changed = spec.controls.filter(({ name }) => values[name] !== from[name]).map(({ name }) => `${encodeURIComponent(name)}=${values[name]}`);
    return `#${[anchor, ...(preset ? [`${RESERVED}=${preset}`] : []), ...changed].join("&")}`;
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  return { allows, base, read, write };
})();
